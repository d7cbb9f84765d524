"""How the shop's processes fare, ready to show."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shopkit.clock import SHOP_ZONE
from storefront.dates import format_count
from storefront.i18n import Lang, t
from storefront.monitoring.looks import TABS
from storefront.monitoring.samples import KEPT_S, Health, History
from storefront.monitoring.verdicts import Verdict, verdicts

CURVE_WIDTH, CURVE_HEIGHT = 240, 40


@dataclass
class Fact:
    """A figure of a process."""

    title: str
    value: str


@dataclass
class Finding:
    """Something that is wrong, in words; `runbook` names the page that says what to do, `tone` is warn or bad."""

    key: str
    text: str
    runbook: str
    tone: str


@dataclass
class ProcessView:
    """A process. `health` is up, warn, trouble or down; `curve` are the points of a line."""

    name: str
    title: str
    health: str
    health_text: str
    facts: list[Fact] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    curve: str = ""
    curve_text: str = ""


@dataclass
class Picture:
    """All processes at one moment, `as_of`. `tone` is good, warn or bad.

    `told` says the same as `findings`, but no figure: it is read out whenever it changes.
    """

    as_of: str = ""
    tone: str = "good"
    told: str = ""
    processes: list[ProcessView] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def show(histories: Mapping[str, History], at: datetime, lang: Lang) -> Picture:
    """Return all processes ready to show in a language."""
    processes = [show_process(name, history, lang) for name, history in histories.items()]
    findings = [finding for process in processes for finding in process.findings]
    tone = _tone(findings)
    unwell = [f"{process.title}: {process.health_text}." for process in processes if process.health != "up"]
    return Picture(
        as_of=t(lang, "admin_monitoring.as_of", time=f"{at.astimezone(SHOP_ZONE):%H:%M:%S}"),
        tone=tone,
        told=" ".join([t(lang, f"admin_monitoring.tone_{tone}") + ".", *unwell]),
        processes=processes,
        findings=findings,
    )


def _tone(findings: list[Finding]) -> str:
    tones = {finding.tone for finding in findings}
    return "bad" if "bad" in tones else "warn" if tones else "good"


def show_process(name: str, history: History, lang: Lang) -> ProcessView:
    """Return a process ready to show in a language."""
    last = history.last
    findings = [_finding(name, verdict, lang) for verdict in verdicts(history)]
    down = last is not None and last.health is Health.DOWN
    health = "down" if down else {"good": "up", "warn": "warn", "bad": "trouble"}[_tone(findings)]
    key = last.health if last and last.health is not Health.UP else health
    if name == "storefront":
        curve, top = _curve(history.gauge(TABS))
        curve_text = t(lang, "admin_monitoring.curve_tabs", top=format_count(round(top), lang))
    else:
        curve, top = _curve(history.rates())
        curve_text = t(lang, "admin_monitoring.curve", top=_rate(top, lang))
    return ProcessView(
        name=name,
        title=t(lang, f"admin_monitoring.{name}"),
        health=health,
        health_text=t(lang, f"admin_monitoring.health_{key}"),
        facts=_facts(name, history, lang),
        findings=findings,
        curve=curve,
        curve_text=curve_text,
    )


def _facts(name: str, history: History, lang: Lang) -> list[Fact]:
    reading = history.last.reading if history.last else None
    known = history.last_reading
    facts = [
        ("version", known.version if known else None),
        ("uptime", format_duration(max(0.0, time.time() - reading.started), lang) if reading else None),
    ]
    gauges = reading.gauges if reading else {}
    if name == "storefront":
        facts.append(("tabs", _count(gauges.get(TABS), lang)))
    else:
        figures = history.figures() if reading else None
        told = figures is not None and figures.rate is not None
        facts += [
            ("rate", _rate(figures.rate, lang) if figures and figures.rate is not None else None),
            ("errors", _percent(figures.errors, lang) if figures and told else None),
            ("p50", _milliseconds(figures.p50, lang) if figures else None),
            ("p95", _milliseconds(figures.p95, lang) if figures else None),
            ("pool", _pool(gauges, lang)),
        ]
    if name in {"order_service", "user_service"}:
        facts.append(("outbox", _with_age(gauges, "outbox_depth", "outbox_oldest_seconds", lang)))
    if name == "backend":
        facts.append(("holds", _with_age(gauges, "holds_open", "holds_oldest_seconds", lang)))
    if name == "order_service":
        facts.append(("streams", _count(gauges.get("order_streams_open"), lang)))
    return [Fact(t(lang, f"admin_monitoring.{key}"), value or "–") for key, value in facts]


def _finding(name: str, verdict: Verdict, lang: Lang) -> Finding:
    value = verdict.value
    written = {
        "errors": _percent(value, lang),
        "slow": _milliseconds(value, lang) or "",
        "restarts": format_count(round(value), lang),
        "pool": format_count(round(value), lang),
        "outbox_deep": format_count(round(value), lang),
        "tasks": format_count(round(value), lang),
    }.get(verdict.kind) or format_duration(value, lang)
    title = t(lang, f"admin_monitoring.{name}")
    text = t(lang, f"admin_monitoring.wrong_{verdict.kind}", service=title, value=written)
    return Finding(f"{name}-{verdict.kind}", text, verdict.runbook, verdict.tone)


def format_duration(seconds: float, lang: Lang) -> str:
    """Return "12 s", "5 min", "3 h 20 min" or "4 d 3 h", in a language."""
    whole = int(seconds)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if whole < 60:
        return t(lang, "admin_monitoring.seconds", count=whole)
    if minutes < 60:
        return t(lang, "admin_monitoring.minutes", count=minutes)
    if hours < 24:
        return t(lang, "admin_monitoring.hours", count=hours, minutes=minutes % 60)
    return t(lang, "admin_monitoring.days", count=days, hours=hours % 24)


def _curve(values: list[tuple[float, float]]) -> tuple[str, float]:
    """Return the points of a curve of (moment, value) over the time kept, and the highest value."""
    if len(values) < 2:
        return "", 0.0
    top, end = max(value for _, value in values), values[-1][0]
    across, up = CURVE_WIDTH / KEPT_S, (CURVE_HEIGHT - 2) / (top or 1)
    points = [f"{CURVE_WIDTH - (end - at) * across:.1f},{CURVE_HEIGHT - 1 - value * up:.1f}" for at, value in values]
    return " ".join(points), top


def _count(value: float | None, lang: Lang) -> str | None:
    return None if value is None else format_count(round(value), lang)


def _decimal(value: float, lang: Lang) -> str:
    text = f"{value:.{0 if value >= 10 or value == 0 else 1 if value >= 1 else 2}f}"
    return text.replace(".", ",") if lang == "vi" else text


def _rate(rate: float, lang: Lang) -> str:
    return t(lang, "admin_monitoring.per_second", rate=_decimal(rate, lang))


def _percent(share: float, lang: Lang) -> str:
    return f"{_decimal(100 * share, lang)} %" if lang == "vi" else f"{_decimal(100 * share, lang)}%"


def _milliseconds(seconds: float | None, lang: Lang) -> str | None:
    if seconds is None:
        return None
    return f"{_decimal(seconds, lang)} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _pool(gauges: dict[str, float], lang: Lang) -> str | None:
    parts = {name: gauges.get(f"db_pool_connections{{{name}}}") for name in ("busy", "open", "waiting")}
    if None in parts.values():
        return None
    return t(lang, "admin_monitoring.pool_of", **{name: _count(value, lang) for name, value in parts.items()})


def _with_age(gauges: dict[str, float], count: str, age: str, lang: Lang) -> str | None:
    if count not in gauges:
        return None
    number = format_count(round(gauges[count]), lang)
    if not gauges[count]:
        return number
    return t(lang, "admin_monitoring.with_age", count=number, age=format_duration(gauges.get(age, 0.0), lang))
