"""The components that are one line of a template. Each has its file in frontend/css/components."""

import zlib
from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime
from html import escape
from typing import Any, Final

from django import template
from django.middleware.csrf import get_token
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from rightaway.web import formats
from rightaway.web import kept as pieces
from rightaway.web.addresses import address_of
from rightaway.web.assets import asset

register = template.Library()

HUES: Final = 8
PRESENCES: Final = {
    "available": gettext_lazy("Available"),
    "at_capacity": gettext_lazy("At capacity"),
    "break": gettext_lazy("On break"),
    "offline": gettext_lazy("Offline"),
}
_STATES: Final = ("good", "neutral", "bad", "caution")


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """An icon of frontend/icons.txt. It says nothing to screen readers: the words beside it do."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', classes, asset("icons.svg"), name
    )


@register.simple_tag
def glyph(state: str, name: str = "") -> SafeString:
    """good: a disc with a tick; neutral: a dash; bad: a triangle; caution: a diamond. With `name`, it speaks itself."""
    assert state in _STATES, state
    if not name:
        return format_html(
            '<svg class="icon glyph {0}" aria-hidden="true"><use href="{1}#{0}"></use></svg>',
            state, asset("icons.svg"),
        )  # fmt: skip
    return format_html(
        '<svg class="icon glyph {0}" role="img" aria-label="{2}"><title>{2}</title><use href="{1}#{0}"></use></svg>',
        state, asset("icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def status(state: str, words: Any) -> SafeString:
    """A glyph and its words, never the colour alone."""
    return format_html('<span class="status {}">{}<span>{}</span></span>', state, glyph(state), words)


@register.simple_tag
def avatar(name: str, presence: str = "", size: str = "") -> SafeString:
    """Initials on a soft colour that is always the same for a name; `size` is empty, small or large.

    Nothing of it is spoken: the name stands beside it.
    """
    hue = (zlib.crc32(name.encode()) >> 7) % HUES
    badge = presence_mark(presence) if presence else ""
    return format_html(
        '<span class="avatar {}" data-hue="{}" aria-hidden="true"><span>{}</span>{}</span>',
        size, hue, formats.initials(name), badge,
    )  # fmt: skip


@register.simple_tag
def presence_mark(presence: str) -> SafeString:
    """The shape of a presence: available, at_capacity, break, offline."""
    return format_html(
        '<svg class="icon presence {0}" aria-hidden="true"><use href="{1}#presence-{0}"></use></svg>',
        presence.replace("_", "-"), asset("icons.svg"),
    )  # fmt: skip


@register.simple_tag
def presence(presence: str) -> SafeString:
    """The shape with its word."""
    return format_html('<span class="with-mark">{}<span>{}</span></span>', presence_mark(presence), PRESENCES[presence])


@register.filter
def of(whole: Any, name: str) -> Any:
    """An entry of a mapping, or a field of a record, by a name that is not known before; None where there is none."""
    return whole.get(name) if isinstance(whole, Mapping) else getattr(whole, name, None)


@register.filter
def presence_word(presence: str) -> Any:
    return PRESENCES[presence]


@register.simple_tag
def score(value: int) -> SafeString:
    """A number from 0 to 100; from 85 on it stands out."""
    return format_html('<span class="score {}">{}</span>', "best" if value >= 85 else "", value)


@register.simple_tag
def load_bar(load: int, capacity: int, more: int = 0) -> SafeString:
    """6/8 over a bar; `more` is what would come on top, hatched."""
    most = max(capacity, load + more, 1)
    full = "full" if load >= capacity else ""
    return format_html(
        '<span class="load {0}"><span class="load-words">{1}/{2}</span><svg class="load-bar" aria-hidden="true">'
        '<rect class="load-all" width="100%" height="100%" rx="2"></rect>'
        '<rect class="load-more" width="{4}%" height="100%" rx="2"></rect>'
        '<rect class="load-now" width="{3}%" height="100%" rx="2"></rect></svg></span>',
        full, load, capacity, round(100 * load / most, 1), round(100 * (load + more) / most, 1),
    )  # fmt: skip


@register.simple_tag
def key(*names: str) -> SafeString:
    """Keys of the keyboard, as a hint. Not spoken: `aria-keyshortcuts` on the control says it."""
    return format_html_join("", '<kbd class="key" aria-hidden="true">{}</kbd>', ((name,) for name in names))


@register.simple_tag(takes_context=True)
def kept(context: Any, template: str, gaps: Mapping[str, Any] | None = None, **look: Hashable) -> SafeString:
    """A template that knows only how something looks, made once for all that look alike, with these texts in its gaps
    (`web/kept.py`). The gap `form_token` has the token of this request."""
    return _filled(context, pieces.piece(template, look, formats.reader()), gaps or {})


@register.simple_tag(takes_context=True)
def filled(context: Any, fillings: Iterable[pieces.Filling]) -> SafeString:
    """Pieces that are kept already, one after another, as `kept`."""
    return SafeString("".join([_filled(context, piece, gaps) for piece, gaps in fillings]))


@register.simple_block_tag(takes_context=True, end_name="endkept")
def kept_around(
    context: Any, content: SafeString, template: str, gaps: Mapping[str, Any] | None = None, **look: Hashable
) -> SafeString:
    """As `kept`, with what stands inside of it in the gap `content`."""
    return kept(context, template, {**(gaps or {}), "content": content}, **look)


@register.simple_tag
def gap(name: str) -> SafeString:
    """What each use of a kept template says by this name."""
    return pieces.gap(name)


@register.simple_tag
def gap_url(url: str, name: str) -> SafeString:
    """The address with the id in it that each use says by this name."""
    return SafeString(address_of(url, pieces.gap(name)))


@register.simple_tag
def ring(until: datetime, total: float, size: str = "") -> SafeString:
    """A ring that empties until an instant, with m:ss in it. `total` in seconds; `size` is empty or large.

    The script moves it by the server's time. It is silent (role timer): the page announces what matters.
    """

    left = _left(until)
    share = round(100 * min(1.0, left / total), 1) if total > 0 else 0.0
    late = "late" if left <= 20 else ""
    # Numbers and words of ours: format_html takes longer than all the rest.
    return SafeString(
        f'<span class="ring {escape(size)} {late}" role="timer" data-until="{_ms(until)}" data-total="{total}">'
        '<svg viewBox="0 0 44 44" aria-hidden="true">'
        '<circle class="ring-all" cx="22" cy="22" r="19.5" fill="none"></circle>'
        '<circle class="ring-left" cx="22" cy="22" r="19.5" fill="none" pathLength="100"'
        f' stroke-dasharray="{share} 100" transform="rotate(-90 22 22)"></circle></svg>'
        f"<span data-left>{escape(formats.countdown(left))}</span></span>"
    )


@register.simple_tag
def time_left(until: datetime) -> SafeString:
    """m:ss until an instant, kept right by the script."""
    left = escape(formats.countdown(_left(until)))
    return SafeString(f'<span role="timer" data-until="{_ms(until)}"><span data-left>{left}</span></span>')


@register.simple_tag
def ago(instant: datetime) -> SafeString:
    """8 min ago, with the exact time as its tooltip; the script keeps it right."""
    return _time(instant, "ago", formats.ago(instant))


@register.simple_tag
def since(instant: datetime) -> SafeString:
    """4 min: how long something has been waiting; the script keeps it right."""
    return _time(instant, "since", formats.duration(-_left(instant)))


@register.simple_tag
def waited(instant: datetime, counts_from: datetime) -> SafeString:
    """4 min: how long something has been waiting, of opening time: the script counts on from `counts_from`."""
    return format_html(
        '<time datetime="{}" title="{}" data-since="{}">{}</time>', instant.isoformat(), formats.exact(instant),
        _ms(counts_from), formats.duration(-_left(counts_from)),
    )  # fmt: skip


@register.simple_tag
def moment(instant: datetime) -> SafeString:
    """Today 14:05, 3 Mar 14:05."""
    return _time(instant, "", formats.moment(instant))


@register.simple_tag
def at_time(instant: datetime) -> SafeString:
    """14:05."""
    return _time(instant, "", formats.clock_time(instant))


@register.filter
def ms(instant: datetime) -> int:
    """Epoch milliseconds, for the script."""
    return _ms(instant)


@register.filter
def number(value: int) -> str:
    return formats.number(value)


@register.filter
def duration(seconds: float) -> str:
    return formats.duration(seconds)


@register.filter
def long_day(instant: datetime) -> str:
    return formats.long_day(instant)


@register.filter
def initials(name: str) -> str:
    return formats.initials(name)


@register.filter
def starts_with(text: str, beginning: str) -> bool:
    return text.startswith(beginning)


@register.simple_tag(takes_context=True)
def query(context: Any, **changed: Any) -> str:
    """This page's query with some parameters changed (None or empty takes one away). Begins with ?; keeps its order."""
    parameters = context["request"].GET.copy()
    for name, value in changed.items():
        if value in (None, ""):
            parameters.pop(name, None)
        else:
            parameters[name] = value
    return f"?{parameters.urlencode()}"


def _filled(context: Any, piece: pieces.Piece, gaps: Mapping[str, Any]) -> SafeString:
    return piece.filled({**gaps, "form_token": _form_token(context)} if piece.has_form else gaps)


def _form_token(context: Any) -> SafeString:
    """As csrf_token, made once for all forms of an answer."""
    request = context["request"]
    found: SafeString | None = getattr(request, "form_token", None)
    if found is None:
        field = '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        found = request.form_token = format_html(field, get_token(request))
    return found


def _time(instant: datetime, kind: str, words: str) -> SafeString:
    counts = f' data-{kind}="{_ms(instant)}"' if kind else ""
    title = escape(formats.exact(instant))
    # Escaped here: format_html takes longer than all the rest.
    return SafeString(f'<time datetime="{instant.isoformat()}" title="{title}"{counts}>{escape(words)}</time>')


def _left(until: datetime) -> float:
    return (until - formats.now()).total_seconds()


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
