"""What Bantam does, for Python: the options are those of the command, and so are the words."""

from __future__ import annotations

import html
import json
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bantam import _bantam
from bantam._tables import give_back, library_of, source_of
from bantam.errors import DoNotUseWarning, UsageError

__all__ = ["Card", "Report", "Run", "calibrate", "check", "feedback", "monitor"]

logger = logging.getLogger("bantam")

Path = str | os.PathLike[str]


def _typed(**given: object) -> list[str]:
    """Options as they are typed; what is not given is left out."""
    typed: list[str] = []
    for name, value in given.items():
        option = "--" + name.strip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            typed.append(option)
        elif isinstance(value, (list, tuple, set, frozenset)):
            typed.extend(f"{option}={item}" for item in value)
        else:
            typed.append(f"{option}={value}")
    return typed


def _many(value: str | Iterable[str] | None) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _toml(value: object) -> str:
    """A value as TOML has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(str(key))} = {_toml(item)}" for key, item in value.items() if item is not None)
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    text = os.fspath(value) if isinstance(value, os.PathLike) else str(value)
    return json.dumps(text, ensure_ascii=False)


def _asked(
    leads: object,
    outcomes: object,
    events: object,
    config: Path | Mapping[str, Any] | None,
    options: Sequence[str | None],
) -> _bantam.Asked:
    held = [None if table is None else source_of(table) for table in (leads, outcomes, events)]
    config_file: Path | None = None
    config_text: str | None = None
    if isinstance(config, Mapping):
        config_text = "\n".join(f"{json.dumps(key)} = {_toml(value)}" for key, value in config.items() if value is not None)
    elif config is not None:
        config_file = config
    return _bantam.Asked(held[0], held[1], held[2], config_file, config_text, options)


class _Line:
    """Says on stderr what is being done, where somebody looks: in a terminal or a notebook."""

    def __init__(self, wanted: bool | None) -> None:
        is_seen = sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)
        self._is_shown = is_seen if wanted is None else wanted
        self._width = 0

    def __enter__(self) -> Callable[[str, int, int], None] | None:
        return self._say if self._is_shown else None

    def _say(self, what: str, n_done: int, n: int) -> None:
        text = f"{what} {n_done} of {n}, {100 * n_done // n} %" if n else what
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = max(self._width, len(text))

    def __exit__(self, *_: object) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()


def _log(notes: Iterable[Mapping[str, str] | str]) -> None:
    for note in notes:
        logger.info("%s", note if isinstance(note, str) else note["text"])


def _without_colours(text: str) -> str:
    return re.sub("\x1b\\[[0-9;]*m", "", text)


class Card:
    """A card of whole points. Equal cards have equal JSON; a card is pickled as its JSON.

    >>> import bantam
    >>> won = [lead % 3 == 0 for lead in range(300)]
    >>> history = {"clicks": [lead % 5 + 3 * w for lead, w in enumerate(won)], "won": won}
    >>> card = bantam.calibrate(history, converted="won", folds="random:3", progress=False).card  # doctest: +ELLIPSIS
    >>> card.score({"clicks": 7})["score"] > card.score({"clicks": 0})["score"]
    True
    """

    def __init__(self, held: _bantam.Card) -> None:
        self._held = held
        self._json: dict[str, Any] | None = None
        self._metrics: str | None = None

    @classmethod
    def load(cls, path: Path) -> Card:
        """Reads ``card.json``, or that of a run folder; checks it and scores its made-up leads."""
        path = os.fspath(path)
        if os.path.isdir(path):
            inner = os.path.join(path, "card.json")
            path = inner if os.path.exists(inner) else os.path.join(path, "current", "card.json")
        return cls(_bantam.Card(path))

    @classmethod
    def from_json(cls, text: str) -> Card:
        """The card of this JSON."""
        return cls(_bantam.Card("card (in memory)", text))

    def to_json(self) -> str:
        """The text of ``card.json``."""
        return self._held.to_json()

    def to_dict(self) -> dict[str, Any]:
        """The card as Python's own values."""
        if self._json is None:
            self._json = json.loads(self.to_json())
        return self._json

    @property
    def criteria(self) -> list[str]:
        """Names of the criteria."""
        return [criterion["name"] for criterion in self.to_dict()["criteria"]]

    @property
    def sha256(self) -> str:
        """Fingerprint of ``card.json``."""
        return self._held.sha256

    def score(
        self,
        leads: Any,
        *,
        id: str | None = None,
        keep: str | Iterable[str] | None = None,
        explain: bool = False,
        allow_missing: bool = False,
        config: Path | Mapping[str, Any] | None = None,
        events: Any = None,
        sheet: str | None = None,
        encoding: str | None = None,
    ) -> Any:
        """Scores leads: their id, score, probability of conversion and band, as a frame of the library they came in.

        - ``leads``: a frame or path; a dict of one lead's answers or a list of such dicts gives a dict or a list.
        - ``explain``: the points of every criterion as well, and in words where most points were lost.
        - ``config``, ``events``: where the card counts events that the leads do not have counted.
        """
        if _is_lead(leads):
            return self._lead(leads, id=id, explain=explain, allow_missing=allow_missing)
        if isinstance(leads, list):
            return [self._lead(lead, id=id, explain=explain, allow_missing=allow_missing) for lead in leads]
        kept = ",".join(_many(keep)) or None
        typed = _typed(id=id, keep=kept, explain=explain, allow_missing=allow_missing, sheet=sheet, encoding=encoding)
        options: list[str | None] = [self._held.shown, None, *typed]
        if config is not None and not isinstance(config, Mapping):
            options.append(f"--config={os.fspath(config)}")
        if events is not None and config is None:
            raise UsageError("events say nothing without a config\nhint: give `config` with [events] as well")
        asked = _asked(leads, None, events, config, options)
        table, notes = self._held.score(asked)
        _log(notes)
        return give_back(table, library_of(leads))

    def _lead(self, lead: Mapping[str, Any], **options: object) -> dict[str, Any]:
        shown = ["card.json", "-", *_typed(**options)]
        line: dict[str, Any] = json.loads(self._held.score_lead(shown, json.dumps(_without_gaps(lead))))
        return line

    def explain(self, leads: Any, **options: Any) -> Any:
        """As :meth:`score`, with the points of every criterion and the reasons for a low score."""
        return self.score(leads, explain=True, **options)

    def export(
        self,
        to: str,
        out: Path | None = None,
        *,
        dialect: str | None = None,
        form: str | None = None,
        table: str | None = None,
        id: str | None = None,
        columns: Mapping[str, str] | None = None,
        verify: bool = False,
    ) -> str | list[str]:
        """Writes the card in the language of another system: json, csv, sql, dbt, pmml, onnx, xlsx, javascript, python,
        salesforce, hubspot, dataverse or marketo. The text where no file is named, otherwise the files written.
        """
        column = [f"{name}={there}" for name, there in (columns or {}).items()]
        typed = _typed(to=to, dialect=dialect, form=form, table=table, id=id, column=column, verify=verify)
        if out is not None:
            typed.append(f"--out={os.fspath(out)}")
        text, written, notes = self._held.export([self._held.shown, *typed])
        _log(notes)
        return [os.fspath(path) for path in written] if text is None else text

    def save(self, path: Path) -> None:
        """Writes ``card.json``."""
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(self.to_json())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Card) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __reduce__(self) -> tuple[Any, ...]:
        return Card.from_json, (self.to_json(),)

    def __repr__(self) -> str:
        card = self.to_dict()
        n_rows = sum(len(criterion["levels"]) for criterion in card["criteria"])
        return f"<bantam.Card: {len(card['criteria'])} criteria, {n_rows} rows>"

    def _repr_html_(self) -> str:
        rows = []
        for criterion in self.to_dict()["criteria"]:
            levels = [level for level in criterion["levels"] if level.get("n_leads")]
            for at, level in enumerate(levels):
                name = f"<th rowspan={len(levels)} scope=row>{html.escape(criterion['name'])}</th>" if at == 0 else ""
                rows.append(f"<tr>{name}<td>{html.escape(level['label'])}</td><td>{level['points']}</td></tr>")
        head = "<tr><th>criterion</th><th>answer</th><th>points</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _is_lead(leads: object) -> bool:
    """Whether this is one lead: a dict whose values are no columns."""
    if not isinstance(leads, Mapping):
        return False
    return not any(isinstance(value, (list, tuple)) or hasattr(value, "dtype") for value in leads.values())


def _without_gaps(lead: Mapping[str, Any]) -> dict[str, Any]:
    def value(value: Any) -> Any:
        if isinstance(value, float) and value != value:
            return None
        return value.isoformat() if hasattr(value, "isoformat") else value

    return {key: value(item) for key, item in lead.items()}


class Report(dict[str, Any]):
    """What a command tells: the content of its JSON file, with the page and the words for a terminal.

    ``failed`` names the gates that failed; ``card`` is the card to go on with, where there is one.
    """

    def __init__(self, told: tuple[str, str, str, list[str], str | None]) -> None:
        text, self.page, shown, self.failed, card = told
        self.text = _without_colours(shown)
        super().__init__(json.loads(text))
        self.card = None if card is None else Card.from_json(card)
        _log(self.get("notes", []))

    def save(self, path: Path) -> None:
        """Writes the page."""
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(self.page)

    def _repr_html_(self) -> str:
        return _framed(self.page) if self.page else f"<pre>{html.escape(self.text)}</pre>"


def _framed(page: str, height: int = 640) -> str:
    """A page within a notebook: its own document, so that no style or script of it reaches the notebook."""
    return (
        f'<iframe srcdoc="{html.escape(page, quote=True)}" sandbox="allow-scripts" '
        f'style="width:100%;height:{height}px;border:0"></iframe>'
    )


class Run:
    """A calibration: the card, everything measured, and the tables and pictures of the run folder."""

    def __init__(self, held: _bantam.Run, library: str) -> None:
        self._held = held
        self._library = library
        self.card = Card.from_json(held.card_json())
        self.metrics: dict[str, Any] = json.loads(held.metrics_json())
        self.card._metrics = held.metrics_json()
        self.folder: str | None = None
        self._charts: dict[str, dict[str, Any]] | None = None

    @property
    def verdict(self) -> dict[str, Any]:
        """Whether the card should be used, and why not."""
        verdict: dict[str, Any] = self.metrics["verdict"]
        return verdict

    @property
    def notes(self) -> list[str]:
        """What a careful person would mention."""
        return [note["text"] for note in self.metrics["notes"]]

    @property
    def summary(self) -> str:
        """What the command prints."""
        return _without_colours(self._held.summary())

    @property
    def frontier(self) -> Any:
        """Volume against conversion: one row per threshold."""
        return give_back(self._held.frontier(), self._library)

    @property
    def out_of_fold(self) -> Any:
        """Scores of leads by cards that had not seen them."""
        return give_back(self._held.out_of_fold(), self._library)

    @property
    def charts(self) -> list[str]:
        """Names of the pictures."""
        return list(self._all_charts())

    def chart(self, name: str) -> dict[str, Any]:
        """A picture as a Vega-Lite specification, which notebooks draw (``altair.Chart.from_dict``)."""
        charts = self._all_charts()
        if name not in charts:
            raise UsageError(f"there is no picture {name!r}\nhint: there are {', '.join(charts)}")
        return charts[name]

    def _all_charts(self) -> dict[str, dict[str, Any]]:
        if self._charts is None:
            self._charts = {name: json.loads(text) for name, text in self._held.charts()}
        return self._charts

    def compare(
        self,
        *policies: str,
        hours_per_lead: float | None = None,
        cost_per_lead: float | None = None,
        value_per_win: float | None = None,
        reps: float | None = None,
        months: float | None = None,
        leads_next: float | None = None,
        draws: int | None = None,
        seed: int | None = None,
    ) -> Report:
        """Plays the time ahead under each policy (``"top 50/month"``, ``"points 62"``); without one, under those of the config."""
        typed = _typed(
            policy=list(policies),
            hours_per_lead=hours_per_lead,
            cost_per_lead=cost_per_lead,
            value_per_win=value_per_win,
            reps=reps,
            months=months,
            leads_next=leads_next,
            draws=draws,
            seed=seed,
        )
        return Report(self._held.compare(typed))

    def what_if(self, threshold: int) -> dict[str, Any]:
        """What handing over every lead from this many points on comes to: its row of the frontier, and the quarter ahead."""
        at = self._held.threshold(threshold)
        if at is None:
            raise UsageError(f"no lead had {threshold} points or more\nhint: look at the highest threshold of `frontier`")
        table = self._held.frontier()
        columns = {name: table.values(name) for name in table.column_names}
        row = next(i for i, value in enumerate(columns["threshold"]) if value == at)
        found = {name: values[row] for name, values in columns.items()}
        played = self.compare(f"points {threshold}")
        return {**found, "threshold": threshold, "forecast": played["forecast"]["scenarios"][0]}

    def report(self) -> str:
        """The page, one HTML document."""
        return self._held.page()

    def save(self, folder: Path) -> str:
        """Writes the run as the command does; gives its folder."""
        return self._is_written(self._held.write(folder))

    def _is_written(self, written: tuple[str, str, str | None]) -> str:
        run, _current, note = written
        if note:
            logger.info("%s", note)
        self.folder = os.fspath(run)
        return self.folder

    def __repr__(self) -> str:
        quality = self.metrics["out_of_fold"]
        return f"<bantam.Run: {self.card!r}, AUC {quality['auc']:.3f} on {quality['n_leads']:,} leads not seen>"

    def _repr_html_(self) -> str:
        return _framed(self.report())


def calibrate(
    leads: Any = None,
    outcomes: Any = None,
    events: Any = None,
    *,
    config: Path | Mapping[str, Any] | None = None,
    converted: str | None = None,
    converted_value: str | Iterable[str] | None = None,
    lost_value: str | Iterable[str] | None = None,
    converted_at: str | None = None,
    id: str | None = None,
    as_of: str | None = None,
    weight: str | None = None,
    shares: bool = False,
    ignore: str | Iterable[str] | None = None,
    known_at_hand_off: str | Iterable[str] | None = None,
    folds: str | None = None,
    total: int | str | None = None,
    range: tuple[int, int] | None = None,
    max_criteria: int | None = None,
    max_rows: int | None = None,
    pairs: int | str | None = None,
    size: str | None = None,
    champion: Card | Path | None = None,
    change_price: float | None = None,
    seed: int | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    day_first: bool = False,
    month_first: bool = False,
    out: Path | None = None,
    progress: bool | None = None,
) -> Run:
    """Learns a card of whole points from past leads, and measures it on leads it had not seen.

    - ``leads``, ``outcomes``, ``events``: frames (polars, pandas, pyarrow, DuckDB) or paths; ``leads`` may be a ``bantam.toml``.
    - ``config``: a ``bantam.toml``, or a dict of the same shape: ``{"outcome": {"horizon": "90d"}}``.
    - ``out``: folder that holds all runs; nothing is written without it.
    - ``progress``: says what is being done; left out, in terminals and notebooks.

    All else is as on the command line. A card that should not be used is a :class:`DoNotUseWarning`, not an error.
    """
    in_memory = champion._held if isinstance(champion, Card) else None
    typed = _typed(
        converted=converted,
        converted_value=_many(converted_value),
        lost_value=_many(lost_value),
        converted_at=converted_at,
        id=id,
        as_of=as_of,
        weight=weight,
        shares=shares,
        ignore=_many(ignore),
        known_at_hand_off=_many(known_at_hand_off),
        folds=folds,
        total=total,
        range=None if range is None else f"{range[0]},{range[1]}",
        max_criteria=max_criteria,
        max_rows=max_rows,
        pairs=pairs,
        size=size,
        champion=None if isinstance(champion, Card) or champion is None else os.fspath(champion),
        change_price=change_price,
        seed=seed,
        sheet=sheet,
        encoding=encoding,
        day_first=day_first,
        month_first=month_first,
    )
    asked = _asked(leads, outcomes, events, config, [None, *typed])
    with _Line(progress) as watch:
        held, written = _bantam.calibrate(asked, in_memory, out, watch)
    run = Run(held, library_of(leads))
    if written is not None:
        run._is_written(written)
    _log(run.metrics["notes"])
    worst = next((reason for reason in run.verdict["reasons"] if reason["makes_it"] == "do_not_use"), None)
    if worst is not None:
        words = f"do not use this card: {worst['found']}\nhint: {worst['hint']}"
        logger.warning("%s", words)
        warnings.warn(words, DoNotUseWarning, stacklevel=2)
    return run


def check(
    leads: Any = None,
    outcomes: Any = None,
    events: Any = None,
    *,
    config: Path | Mapping[str, Any] | None = None,
    converted: str | None = None,
    converted_value: str | Iterable[str] | None = None,
    lost_value: str | Iterable[str] | None = None,
    converted_at: str | None = None,
    id: str | None = None,
    as_of: str | None = None,
    weight: str | None = None,
    ignore: str | Iterable[str] | None = None,
    known_at_hand_off: str | Iterable[str] | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    progress: bool | None = None,
) -> Report:
    """Says of every column what it is and why, before anything is fitted: ``["columns"]`` has the verdicts.

    >>> found = check({"won": [True, False] * 100, "size": list(range(200))}, converted="won")
    >>> [(column["column"], column["verdict"]) for column in found["columns"]]
    [('won', 'role'), ('size', 'id')]
    """
    typed = _typed(
        converted=converted,
        converted_value=_many(converted_value),
        lost_value=_many(lost_value),
        converted_at=converted_at,
        id=id,
        as_of=as_of,
        weight=weight,
        ignore=_many(ignore),
        known_at_hand_off=_many(known_at_hand_off),
        sheet=sheet,
        encoding=encoding,
    )
    asked = _asked(leads, outcomes, events, config, [None, *typed])
    with _Line(progress) as watch:
        return Report(_bantam.check(asked, watch))


def feedback(
    leads: Any = None,
    outcomes: Any = None,
    events: Any = None,
    *,
    config: Path | Mapping[str, Any] | None = None,
    converted: str | None = None,
    converted_value: str | Iterable[str] | None = None,
    lost_value: str | Iterable[str] | None = None,
    converted_at: str | None = None,
    id: str | None = None,
    as_of: str | None = None,
    disposition: str | None = None,
    reason: str | None = None,
    first_touch: str | None = None,
    source: str | None = None,
    segment: str | None = None,
    team: str | None = None,
    run: Path | None = None,
    rules: Path | None = None,
    progress: bool | None = None,
) -> Report:
    """Tells those who send leads what sales did with them: the content of ``feedback.json``, with its page.

    - ``run``: a run folder whose scores tell good leads from others. ``rules``: what marketing gives points for today.
    """
    typed = _typed(
        converted=converted,
        converted_value=_many(converted_value),
        lost_value=_many(lost_value),
        converted_at=converted_at,
        id=id,
        as_of=as_of,
        disposition=disposition,
        reason=reason,
        first_touch=first_touch,
        source=source,
        segment=segment,
        team=team,
    )
    asked = _asked(leads, outcomes, events, config, [None, *typed])
    with _Line(progress) as watch:
        return Report(_bantam.feedback(asked, run, rules, watch))


def monitor(
    card: Card | Path,
    leads: Any = None,
    outcomes: Any = None,
    events: Any = None,
    *,
    config: Path | Mapping[str, Any] | None = None,
    converted: str | None = None,
    converted_value: str | Iterable[str] | None = None,
    lost_value: str | Iterable[str] | None = None,
    converted_at: str | None = None,
    id: str | None = None,
    as_of: str | None = None,
    horizon: str | None = None,
    observed_until: str | None = None,
    since: str | None = None,
    challenger: Path | None = None,
    gate: Mapping[str, object] | None = None,
    progress: bool | None = None,
) -> Report:
    """Says whether a card in use is still right: the content of ``monitor.json``; ``failed`` names the gates that failed.

    A card of :func:`calibrate` brings the forecast of its run along; one that was loaded finds it beside its file.
    """
    card = card if isinstance(card, Card) else Card.load(card)
    limits = [
        f"{key}={','.join(map(str, value)) if isinstance(value, (list, tuple)) else value}"
        for key, value in (gate or {}).items()
    ]
    typed = _typed(
        converted=converted,
        converted_value=_many(converted_value),
        lost_value=_many(lost_value),
        converted_at=converted_at,
        id=id,
        as_of=as_of,
        horizon=horizon,
        observed_until=observed_until,
        since=since,
        challenger=challenger,
        gate=limits,
    )
    asked = _asked(leads, outcomes, events, config, [card._held.shown, *typed])
    with _Line(progress) as watch:
        return Report(_bantam.monitor(asked, card._held, card._metrics, watch))
