"""Plain clients that say in one word what a service did."""

from __future__ import annotations

import http.client
import os
import smtplib
import socket
import ssl
from io import StringIO

import dns.exception
import dns.message
import dns.query
import dns.rcode
from pyrad.dictionary import Dictionary
from pyrad.packet import AccessAccept, AccessReject, AccessRequest, AuthPacket

from probes.wire.sip import OptionsRequest, parse_datagram
from status.demo import radius
from status.demo.keys import Keys

HOST = "127.0.0.1"
OFFSETS = {"http": 0, "dns": 2, "smtp": 3, "sip": 4, "radius": 5}


def say(service: str, ports_from: int, keys: Keys, timeout_s: float = 5.0) -> str:
    """Ask a service the usual question."""
    port = ports_from + OFFSETS[service]
    if service == "radius":
        return log_in(port, keys, keys.radius_password.read_text().strip(), timeout_s)
    return {"http": page, "dns": address, "smtp": greeting, "sip": options}[service](port, timeout_s)


def page(port: int, timeout_s: float = 5.0, tls: ssl.SSLContext | None = None) -> str:
    made = http.client.HTTPConnection(HOST, port, timeout=timeout_s)
    if tls is not None:
        made = http.client.HTTPSConnection("www.exemple-telecom.demo.invalid", port, timeout=timeout_s, context=tls)
        made._create_connection = lambda address, *more: socket.create_connection((HOST, address[1]), *more)
    try:
        made.request("GET", "/")
        answer = made.getresponse()
        return f"{answer.status} {'Bienvenue' in answer.read().decode()}"
    finally:
        made.close()


def address(port: int, timeout_s: float = 5.0, name: str = "www.exemple-telecom.demo.invalid") -> str:
    answer = ask_name(port, name, timeout_s=timeout_s)
    return answer.answer[0][0].to_text() if answer.answer else dns.rcode.to_text(answer.rcode())


def ask_name(port: int, name: str, kind: str = "A", timeout_s: float = 5.0, over=dns.query.udp) -> dns.message.Message:
    try:
        return over(dns.message.make_query(name, kind), HOST, timeout=timeout_s, port=port)
    except dns.exception.Timeout as error:
        raise TimeoutError from error


def greeting(port: int, timeout_s: float = 5.0) -> str:
    with socket.create_connection((HOST, port), timeout_s) as line:
        return line.recv(1000).decode()[:3]


def sip_request(transport: str) -> bytes:
    return OptionsRequest(
        uri="sip:exemple-telecom.demo.invalid",
        sender="sip:sonde@exemple-telecom.demo.invalid",
        transport=transport,
        local="127.0.0.9:5999",
        branch=f"z9hG4bK{os.urandom(4).hex()}",
        call_id="a@b",
        tag="t",
    ).encode()


def options(port: int, timeout_s: float = 5.0) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(timeout_s)
        line.connect((HOST, port))
        line.send(sip_request("udp"))
        answer = parse_datagram(line.recv(65_535))
    return str(answer.code)


def log_in(port: int, keys: Keys, password: str, timeout_s: float = 5.0, secret: bytes = b"") -> str:
    secret = secret or keys.radius_secret.read_text().strip().encode()
    request = AuthPacket(AccessRequest, secret=secret, dict=Dictionary(StringIO(radius.ATTRIBUTES)))
    request["User-Name"] = radius.ACCOUNT
    request["User-Password"] = request.PwCrypt(password)
    request.add_message_authenticator()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(timeout_s)
        line.connect((HOST, port))
        line.send(request.RequestPacket())
        reply = request.CreateReply(packet=line.recv(4096))
    assert request.VerifyReply(reply, enforce_ma=True)
    return {AccessAccept: "accept", AccessReject: "reject"}[reply.code]


def send_mail(port: int, authority: str, recipient: str) -> None:
    tls = ssl.create_default_context(cafile=authority)
    with smtplib.SMTP(HOST, port, local_hostname="sonde.invalid", timeout=5) as mail:
        mail._host = "mail.exemple-telecom.demo.invalid"
        mail.starttls(context=tls)
        mail.sendmail("sonde@demo.invalid", [recipient], "Subject: x\r\n\r\ny\r\n")
