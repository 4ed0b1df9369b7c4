"""The templates of words: those that ship, and the installation's own."""

from __future__ import annotations

from typing import Final

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.services import templates
from status.web.api.paging import page_of
from status.web.api.route import Call, Route, Told
from status.web.api.shapes.base import PageQuery
from status.web.api.shapes.writing import TemplateAnswer, TemplatePage, Templating


def _templates(call: Call) -> Told:
    page, more = page_of(templates.all_templates(call.session), lambda each: each.slug, call.asked(PageQuery))
    return Told(TemplatePage(items=[_template(each) for each in page], next=more))


def _template_of(call: Call) -> Told:
    slug = call.path["template"]
    for each in templates.all_templates(call.session):
        if each.slug == slug:
            return Told(_template(each), version=_version(call))
    raise Refused("no_such_template", f"there is no template {slug!r}; GET /templates lists them")


def _version(call: Call) -> int | None:
    return templates.version_of(call.session, call.path["template"])


def _standing_version(call: Call) -> int:
    """Give the version of a template that is there. Raise Refused."""
    version = _version(call)
    if version is None:
        raise Refused("no_such_template", f"there is no template {call.path['template']!r}; GET /templates lists them")
    return version


def _template(each: templates.Template) -> TemplateAnswer:
    return TemplateAnswer(
        slug=each.slug, name=dict(each.name), area=each.area, type=str(each.type), state=str(each.state),
        title=dict(each.title), text=dict(each.text),
    )  # fmt: skip


def _save(call: Call) -> Told:
    body, slug = call.given(Templating), call.path["template"]
    what = templates.Template(
        slug=slug, name=body.name, area=body.area, type=body.type.value, state=body.state.value, title=body.title,
        text=body.text,
    )  # fmt: skip
    templates.save(call.session, what, call.by, call.now)
    call.session.flush()
    return _template_of(call)


def _retire(call: Call) -> Told:
    templates.retire(call.session, call.path["template"], call.by, call.now)
    return Told()


ROUTES: Final = (
    Route("GET", "/templates", "list-templates", Deed.READ, _templates, "Templates of words, shipped and own ones",
          TemplatePage, query=PageQuery),
    Route("GET", "/templates/{template}", "get-template", Deed.READ, _template_of, "One template", TemplateAnswer,
          versioned=True),
    Route("PUT", "/templates/{template}", "save-template", Deed.EDIT_TEMPLATE, _save,
          "Save an own template, or the installation's version of a shipped one", TemplateAnswer, Templating,
          edits=True, versioned=True, guard=_version, makes=True),
    Route("DELETE", "/templates/{template}", "retire-template", Deed.EDIT_TEMPLATE, _retire,
          "Take an own template away; a shipped one is as it ships again", status=204,
          edits=True, guard=_standing_version),
)  # fmt: skip
