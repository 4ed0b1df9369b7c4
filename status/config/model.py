"""What config.toml may say. Frozen; unknown keys are refused. Defaults and units stand beside each setting."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints
from pydantic_core import PydanticCustomError

from probes.types import Secret
from status.domain.alerting import AlertOf
from status.domain.states import Impact, Policy, Visibility
from status.i18n import LANGUAGES


def _spoken(code: str) -> str:
    if code not in LANGUAGES:
        expected = " or ".join(f"'{each}'" for each in LANGUAGES)
        raise PydanticCustomError("literal_error", "expected {expected}", {"expected": expected})
    return code


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=80)]
AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9])?$")]
CheckName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._/-]*$", max_length=120)]
Language = Annotated[str, AfterValidator(_spoken)]
Symptom = Literal["site", "email", "internet", "speed", "telephone", "fax"]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
Texts = dict[Language, Words]
Line = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)]
Day = Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.:-]+$", min_length=1, max_length=253, to_lower=True)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]
Seconds = Annotated[Number, Field(gt=0, le=86_400)]
Hour = Annotated[Number, Field(gt=0, le=3_600)]
Count = Annotated[Whole, Field(ge=1, le=1_000)]
Share = Annotated[Number, Field(gt=0, le=1)]
Windows = Annotated[tuple[tuple[Seconds, Share, Count], ...], Field(min_length=1, max_length=10)]
Offsets = Annotated[tuple[Annotated[Number, Field(ge=0, le=3_600)], ...], Field(min_length=1, max_length=20)]


class Section(BaseModel):
    """Base of every section."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False)


class Link(Section):
    """An element of `[site] links`: one of the provider's own pages, named in each language."""

    name: Texts
    url: Annotated[str, StringConstraints(max_length=1_000)]


class Site(Section):
    """`[site]`: whose page this is, and how it looks."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)] = "travaux"
    public_url: str = "http://127.0.0.1:8080"
    languages: tuple[Language, ...] = ("fr", "en")
    timezone: str = "Europe/Paris"
    contact: str = ""
    next_event_number: Annotated[Whole, Field(ge=1, le=2_000_000_000)] = 1
    logo: str = ""
    logo_dark: str = ""
    colour: str = ""
    colour_dark: str = ""
    links: Annotated[tuple[Link, ...], Field(max_length=8)] = ()


class Legal(Section):
    """`[legal]`: who publishes these pages, as French law (LCEN, article 1-1) asks; printed on the legal page."""

    publisher: Line = ""
    registration: Line = ""
    address: Line = ""
    phone: Line = ""
    email: Line = ""
    director: Line = ""
    host: Line = ""
    privacy: Texts = {}


class Accessibility(Section):
    """`[accessibility]`: what the declaration of accessibility says (France: decree 2019-768, model of the RGAA)."""

    entity: Line = ""
    contact: Line = ""
    declared_on: Day = ""
    conformity: Literal["not-audited", "none", "partial", "full"] = "not-audited"
    audited_on: Day = ""
    auditor: Line = ""
    percent: Annotated[Whole, Field(ge=0, le=100)] = 0
    failures: Texts = {}
    burdens: Texts = {}
    exempt: Texts = {}
    plan_url: Line = ""


class SecurityTxt(Section):
    """`[security_txt]`: whom to tell of a weakness in these pages (RFC 9116); no `contact`, no such file."""

    contact: Line = ""
    expires: Day = ""
    encryption: Line = ""
    policy: Line = ""


class Server(Section):
    """`[server]`: where the web process listens, and with how many workers."""

    listen: str = "127.0.0.1:8080"
    workers: Annotated[Whole, Field(ge=1, le=64)] = 1
    threads: Annotated[Whole, Field(ge=1, le=256)] = 8
    cache_bytes: Annotated[Whole, Field(ge=1_000_000, le=100_000_000_000)] = 64_000_000
    request_line_bytes: Annotated[Whole, Field(ge=1_000, le=65_536)] = 8_192
    body_bytes: Annotated[Whole, Field(ge=10_000, le=100_000_000)] = 1_000_000
    agent_polls: Annotated[Whole, Field(ge=0, le=128)] = 4
    agent_body_bytes: Annotated[Whole, Field(ge=100_000, le=100_000_000)] = 4_000_000
    agent_batch_items: Annotated[Whole, Field(ge=1, le=10_000)] = 500
    trusted_proxies: Annotated[Whole, Field(ge=0, le=10)] = 0
    hosts: tuple[Host, ...] = ()


class Database(Section):
    """`[database]`: SQLite by default; the password is a reference and never part of `url`."""

    url: str = ""
    password: Secret | None = None
    pool_size: Annotated[Whole, Field(ge=1, le=100)] = 5


class Paths(Section):
    """`[paths]`: where data lives. Published bytes stand apart from the database, so that they outlive it."""

    data: str = "./var"
    published: str = ""


class PublicationSettings(Section):
    """`[publication]`: the public bytes."""

    keep_generations: Annotated[Whole, Field(ge=1, le=1000)] = 10
    stale_after_s: Seconds = 180.0
    renew_s: Seconds = 60.0
    feed_days: Annotated[Whole, Field(ge=1, le=366)] = 14
    feed_min_items: Annotated[Whole, Field(ge=1, le=500)] = 50
    feed_max_items: Annotated[Whole, Field(ge=50, le=5_000)] = 500
    down: Policy = Policy.PUBLISH
    degraded: Policy = Policy.DRAFT
    draft_publish_after_s: Seconds = 600.0


class Feeds(Section):
    """`[feeds]`: the WebSub hub that is told which feeds changed. Without `hub` none is."""

    hub: Annotated[str, StringConstraints(max_length=1_000)] = ""
    hub_timeout_s: Annotated[Number, Field(ge=1, le=60)] = 10.0


class Monitor(Section):
    """`[monitor]`: the prober of this machine."""

    location: Slug = "here"
    resolvers: tuple[str, ...] = ()
    resolver_inflight_per_zone: Count = 32
    concurrency: Annotated[Whole, Field(ge=1, le=20_000)] = 1_000
    confirm_share: Share = 0.25
    pool_size: Annotated[Whole, Field(ge=1, le=256)] = 16
    observation_hours: Annotated[Whole, Field(ge=1, le=24 * 90)] = 48
    quiet_batch_s: Annotated[Number, Field(ge=0.25, le=10)] = 1.0
    late_after_s: Seconds = 60.0


class Reference(Section):
    """`[[self_test.reference]]`: something outside the monitored network that shows our own line is well."""

    kind: str
    target: str
    timeout_s: Annotated[Number, Field(gt=0, le=5)] = 5.0


class SelfTest(Section):
    """`[self_test]`: references (three are advised) and how they are read (detection rule, point 8)."""

    reference: tuple[Reference, ...] = ()
    interval_s: Seconds = 15.0
    bad_references: Count = 2
    bad_share: Share = 0.15
    share_over_s: Seconds = 120.0
    well_for_s: Seconds = 30.0
    void_before_s: Seconds = 30.0
    ignore_alone_rounds: Count = 5
    silent_after_s: Seconds = 60.0


class Detection(Section):
    """`[detection]` and `[check.detection]`: the numbers of the rule (docs/detection.md names each)."""

    confirm_offsets_s: Offsets = (5.0, 10.0, 16.0, 20.5)
    confirm_offsets_many_s: Offsets = (8.0, 15.5)
    confirm_timeout_s: Seconds = 8.0
    down_failures_in_row: Count = 2
    down_failures_in_all: Count = 4
    down_after_s: Seconds = 20.0
    down_after_many_s: Seconds = 15.0
    suspicion_pace_s: Seconds = 20.0
    suspicion_for_s: Seconds = 300.0
    up_successes_in_row: Count = 2
    up_after_s: Seconds = 20.0
    up_offsets_s: Offsets = (10.0, 20.5)
    down_pace_s: Seconds = 15.0
    close_after_s: Seconds = 300.0
    share_windows: Windows = ((300.0, 0.25, 4), (900.0, 0.12, 5), (3600.0, 0.05, 9))
    share_failures_each: Count = 2
    share_clear_s: Seconds = 600.0
    slow_medians: Count = 5
    slow_of_medians: Count = 10
    slow_median_s: Seconds = 30.0
    slow_times_usual: Annotated[Number, Field(gt=1, le=1_000)] = 3.0
    slow_usual_days: Annotated[Whole, Field(ge=1, le=7)] = 3
    slow_usual_least_s: Seconds = 0.2
    slow_leave_share: Share = 0.8
    loss_share: Share = 0.03
    loss_over_s: Seconds = 300.0
    loss_series: Count = 5
    local_failures: Count = 5
    local_after_s: Seconds = 120.0
    group_within_s: Seconds = 180.0
    parent_wait_s: Seconds = 60.0
    child_after_parent_s: Seconds = 60.0
    silence_alone_s: Annotated[Number, Field(ge=0, le=3_600)] = 300.0
    join_gather_s: Seconds = 60.0
    join_post_every_s: Seconds = 300.0
    flap_downs: Count = 3
    flap_within_s: Seconds = 3600.0
    flap_green_after_s: Seconds = 600.0
    reopen_within_s: Hour = 900.0
    work_overrun_s: Seconds = 300.0
    closed_by_person_s: Hour = 1800.0
    stale_intervals: Annotated[Number, Field(ge=1, le=100)] = 3.0
    mass_members: Count = 3


class Desk(Section):
    """`[desk]`: how long a sign-in lasts, how fast wrong ones are slowed, how soon the next word is promised."""

    idle_s: Seconds = 1_800.0
    absolute_s: Seconds = 43_200.0
    warn_s: Seconds = 120.0
    keep_form_s: Seconds = 86_400.0
    sign_in_tries: Count = 5
    sign_in_address_tries: Count = 20
    sign_in_window_s: Seconds = 3_600.0
    sign_in_wait_s: Seconds = 2.0
    sign_in_wait_most_s: Seconds = 300.0
    sign_in_known_days: Annotated[Whole, Field(ge=1, le=366)] = 30
    next_word_minutes: Annotated[
        tuple[Annotated[Whole, Field(ge=5, le=10_080)], ...], Field(min_length=5, max_length=5)
    ] = (240, 120, 60, 30, 20)


class MailIn(Section):
    """`[mail_in]`: replies by mail become notes and drafts (docs/mail.md). Without `address` nothing is taken."""

    address: str = ""
    limit_bytes: Annotated[Whole, Field(ge=10_000, le=100_000_000)] = 10_000_000
    imap_host: str = ""
    imap_port: Annotated[Whole, Field(ge=1, le=65_535)] = 993
    imap_tls: Literal["implicit", "starttls", "none"] = "implicit"
    imap_ca_file: str = ""
    imap_user: str = ""
    imap_password: Secret | None = None
    imap_folder: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "INBOX"
    imap_done: Annotated[str, StringConstraints(max_length=200)] = ""
    poll_s: Annotated[Number, Field(ge=1, le=3_600)] = 15.0


class Mail(Section):
    """`[mail]`: whom our mails are from, and how fast one domain is told. Without `address` none is sent."""

    address: Annotated[str, StringConstraints(max_length=254)] = ""
    name: Line = ""
    bounces: Annotated[str, StringConstraints(max_length=254)] = ""
    reply_to: Annotated[str, StringConstraints(max_length=254)] = ""
    domain_per_minute: Annotated[Whole, Field(ge=1, le=100_000)] = 600


class Relay(Section):
    """`[[relay]]`: a mail server that takes our mails; the first whose component is well is used."""

    name: Slug
    host: Host
    port: Annotated[Whole, Field(ge=1, le=65_535)] = 587
    tls: Literal["implicit", "starttls", "none"] = "starttls"
    ca_file: str = ""
    user: Annotated[str, StringConstraints(max_length=200)] = ""
    password: Secret | None = None
    component: Annotated[str, StringConstraints(max_length=80)] = ""
    per_second: Annotated[Number, Field(gt=0, le=10_000)] = 50.0
    timeout_s: Annotated[Number, Field(ge=1, le=300)] = 30.0


class Notices(Section):
    """`[notices]`: how long it is tried to tell somebody, and who may ask to be told how often."""

    retry_first_s: Seconds = 5.0
    retry_last_s: Seconds = 3_600.0
    dead_after_h: Annotated[Number, Field(gt=0, le=720)] = 24.0
    asks_per_address_day: Count = 3
    asks_per_client_hour: Count = 10
    keep_days: Annotated[Whole, Field(ge=1, le=3_660)] = 90
    told_days: Annotated[Whole, Field(ge=90, le=36_600)] = 400
    webhook_timeout_s: Annotated[Number, Field(ge=1, le=60)] = 10.0
    webhook_networks: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    log_messages: Annotated[Whole, Field(ge=1, le=500)] = 30
    tests_per_hour: Annotated[Whole, Field(ge=0, le=1_000)] = 5
    former_secret_h: Annotated[Number, Field(ge=0, le=720)] = 24.0


class SMS(Section):
    """`[sms]`: the gateway that sends news by SMS. Without `url` none is sent.

    In every text of `fields` and `headers`, `{to}` stands for the number, `{text}` for the words, `{id}` for the
    message's key and `{password}` for the password.
    """

    url: Annotated[str, StringConstraints(max_length=1_000)] = ""
    method: Literal["POST", "PUT", "GET"] = "POST"
    format: Literal["json", "form"] = "json"
    fields: dict[str, JsonValue] = Field(default_factory=dict, max_length=50)
    headers: dict[str, Line] = Field(default_factory=dict, max_length=20)
    user: Annotated[str, StringConstraints(max_length=200)] = ""
    password: Secret | None = None
    expect: Line = ""
    prefixes: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    country: Annotated[str, StringConstraints(max_length=4)] = ""
    parts: Annotated[Whole, Field(ge=1, le=4)] = 1
    per_second: Annotated[Number, Field(gt=0, le=1_000)] = 5.0
    asks_per_hour: Count = 60
    timeout_s: Annotated[Number, Field(ge=1, le=60)] = 10.0


class Maintnote(Section):
    """`[maintnote]`: who we are in notices of works to other networks' programs (docs/customers.md)."""

    provider: Annotated[str, StringConstraints(max_length=120)] = ""
    organizer: Annotated[str, StringConstraints(max_length=254)] = ""


class AlertRule(Section):
    """`[[alert]]`: of what the desk's own people are alerted, and who (docs/on-call.md)."""

    name: Slug
    of: tuple[AlertOf, ...] = (AlertOf.INCIDENTS, AlertOf.WORKS)
    areas: tuple[Slug, ...] = ()
    components: tuple[Slug, ...] = ()
    least_severity: Annotated[Whole, Field(ge=1, le=5)] = 1
    least_impact: Impact = Impact.DEGRADED
    rota: Annotated[str, StringConstraints(max_length=80)] = ""
    accounts: Annotated[tuple[AccountName, ...], Field(max_length=100)] = ()
    accept_s: Annotated[Number, Field(ge=0.1, le=3_600)] = 55.0
    after_minutes: Annotated[Number, Field(gt=0, le=1_440)] = 5.0
    repeat_minutes: Annotated[Number, Field(gt=0, le=1_440)] = 15.0
    repeat_most: Count = 10


class RotaEntry(Section):
    """`[[rota]]`: who is on duty, in turns of days from a local hour."""

    name: Slug
    people: Annotated[tuple[AccountName, ...], Field(max_length=100)] = ()
    zone: str = ""
    starts_on: Day = ""
    handover: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "09:00"
    turn_days: Annotated[Whole, Field(ge=1, le=366)] = 7
    ical: str = ""


class Heartbeat(Section):
    """`[heartbeat]`: an outside address that is asked as long as all of it works; its silence is the alarm."""

    url: Annotated[str, StringConstraints(max_length=1_000)] = ""
    method: Literal["GET", "POST"] = "GET"
    every_s: Annotated[Number, Field(ge=1, le=3_600)] = 60.0
    timeout_s: Annotated[Number, Field(ge=1, le=60)] = 10.0


class Api(Section):
    """`[api]`: what one caller may ask of `/api/v1`. The rates are counted by each worker for itself."""

    token_minute: Annotated[Whole, Field(ge=1, le=1_000_000)] = 600
    address_minute: Annotated[Whole, Field(ge=1, le=1_000_000)] = 1_200
    body_bytes: Annotated[Whole, Field(ge=1_000, le=100_000_000)] = 1_000_000
    idempotency_s: Seconds = 86_400.0


class Works(Section):
    """`[works]`: when works that come again are announced, and when customers are reminded of works."""

    announce_days: Annotated[Whole, Field(ge=1, le=90)] = 7
    remind_before_h: Annotated[tuple[Annotated[Whole, Field(ge=1, le=720)], ...], Field(max_length=5)] = (24,)


class Mirror(Section):
    """`[[mirror]]`: another host that every publication is pushed to (docs/mirror.md)."""

    name: Slug
    to: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    url: Annotated[str, StringConstraints(max_length=1_000)] = ""
    endpoint: Annotated[str, StringConstraints(max_length=1_000)] = ""
    region: Annotated[str, StringConstraints(max_length=100)] = ""
    user: Annotated[str, StringConstraints(max_length=200)] = ""
    secret: Secret | None = None
    ssh_key: str = ""
    ca_file: str = ""
    timeout_s: Annotated[Number, Field(ge=1, le=600)] = 30.0


class Demo(Section):
    """`[demo]`: present only in a demonstration; its database is one for ever."""

    ports_from: Annotated[Whole, Field(ge=1024, le=65_000)] = 18_100


class ComponentPublication(Section):
    """`[component.publication]`: what happens to an event the robot opens on this component."""

    down: Policy | None = None
    degraded: Policy | None = None


class Component(Section):
    """`[[component]]`: anything a customer knows; a node of the tree below one of the four areas."""

    slug: Slug
    parent: Slug
    name: Texts
    was: tuple[Slug, ...] = ()
    description: Texts = {}
    symptoms: tuple[Symptom, ...] = ()
    resources: tuple[Label, ...] = ()
    departments: tuple[Label, ...] = ()
    exchanges: tuple[Label, ...] = ()
    operators: tuple[Label, ...] = ()
    depends_on: tuple[Slug, ...] = ()
    redundant_with: tuple[Slug, ...] = ()
    needs: Count | None = None
    order: Annotated[Whole, Field(ge=-1_000_000, le=1_000_000)] = 0
    group: Annotated[str, StringConstraints(max_length=120)] = ""
    visibility: Visibility = Visibility.PUBLIC
    legacy_project: Annotated[Whole, Field(ge=0, le=2_000_000_000)] | None = None
    publication: ComponentPublication = ComponentPublication()


class CheckDetection(Section):
    """`[check.detection]`: the same numbers as `[detection]`, for one check only; what is left out is inherited.

    Left to `[detection]` alone are the numbers about incidents: those of grouping, closing and people.
    """

    confirm_offsets_s: Offsets | None = None
    confirm_offsets_many_s: Offsets | None = None
    confirm_timeout_s: Seconds | None = None
    down_failures_in_row: Count | None = None
    down_failures_in_all: Count | None = None
    down_after_s: Seconds | None = None
    down_after_many_s: Seconds | None = None
    suspicion_pace_s: Seconds | None = None
    suspicion_for_s: Seconds | None = None
    up_successes_in_row: Count | None = None
    up_after_s: Seconds | None = None
    up_offsets_s: Offsets | None = None
    down_pace_s: Seconds | None = None
    share_windows: Windows | None = None
    share_failures_each: Count | None = None
    share_clear_s: Seconds | None = None
    slow_medians: Count | None = None
    slow_of_medians: Count | None = None
    slow_median_s: Seconds | None = None
    slow_times_usual: Annotated[Number, Field(gt=1, le=1_000)] | None = None
    slow_usual_days: Annotated[Whole, Field(ge=1, le=7)] | None = None
    slow_usual_least_s: Seconds | None = None
    slow_leave_share: Share | None = None
    loss_share: Share | None = None
    loss_over_s: Seconds | None = None
    loss_series: Count | None = None
    local_failures: Count | None = None
    local_after_s: Seconds | None = None
    flap_downs: Count | None = None
    flap_within_s: Seconds | None = None
    flap_green_after_s: Seconds | None = None
    stale_intervals: Annotated[Number, Field(ge=1, le=100)] | None = None
    mass_members: Count | None = None


class CheckEntry(Section):
    """`[[check]]`: one probe of one component. `options` is validated by the kind's own model.

    `timeout_s` is at most `interval_s`: a run ends before the next one is due.
    """

    name: CheckName
    component: Slug
    kind: str
    was: tuple[CheckName, ...] = ()
    interval_s: Annotated[Number, Field(ge=1, le=86_400)] = 30.0
    timeout_s: Annotated[Number, Field(ge=0.1, le=300)] = 10.0
    options: dict[str, Any] = {}
    detection: CheckDetection = CheckDetection()


class Settings(Section):
    """A whole config.toml, valid. `demo` is None outside a demonstration."""

    site: Site = Site()
    server: Server = Server()
    database: Database = Database()
    paths: Paths = Paths()
    publication: PublicationSettings = PublicationSettings()
    feeds: Feeds = Feeds()
    monitor: Monitor = Monitor()
    self_test: SelfTest = SelfTest()
    detection: Detection = Detection()
    desk: Desk = Desk()
    api: Api = Api()
    mail_in: MailIn = MailIn()
    mail: Mail = Mail()
    notices: Notices = Notices()
    sms: SMS = SMS()
    maintnote: Maintnote = Maintnote()
    heartbeat: Heartbeat = Heartbeat()
    works: Works = Works()
    legal: Legal = Legal()
    accessibility: Accessibility = Accessibility()
    security_txt: SecurityTxt = SecurityTxt()
    mirror: tuple[Mirror, ...] = ()
    relay: tuple[Relay, ...] = ()
    alert: tuple[AlertRule, ...] = ()
    rota: tuple[RotaEntry, ...] = ()
    demo: Demo | None = None
    component: tuple[Component, ...] = ()
    check: tuple[CheckEntry, ...] = ()
