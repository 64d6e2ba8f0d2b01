"""An answer as a file for spreadsheets."""

import csv
import io
from typing import Any

from kizuna.domains.analytics.contracts import Answer
from kizuna.domains.analytics.rules.written import Language, first_day, raw_table
from kizuna.domains.analytics.service import answers
from kizuna.domains.collect.api import disarm_formula
from kizuna.domains.workspace.api import read_language, record_audit
from kizuna.kernel.context import Actor, Runtime

# Excel takes UTF-8 for something else without it.
_BYTE_ORDER_MARK = "\ufeff"


async def export_csv(
    runtime: Runtime, workspace_id: int, actor: Actor, given: dict[str, Any], max_age_s: float
) -> tuple[str, str]:
    """File name and text of the answer, in the language of the one who acts; goes into the audit log. Raises what
    ``answers.answer`` raises."""
    answer = await answers.answer(runtime, workspace_id, actor, given, max_age_s=max_age_s)
    async with runtime.unit(workspace_id, actor) as ctx:
        language = await read_language(ctx)
        await record_audit(
            ctx,
            "answer.exported",
            "metric",
            answer.metric,
            f"Exported an answer of “{answer.title['en']}”",
            after={"rows": len(answer.rows), "since": answer.span.since, "until": answer.span.until},
        )
    return f"{answer.metric}-{first_day(answer)}.csv", write_csv(answer, language)


def write_csv(answer: Answer, language: Language) -> str:
    """RFC 4180. Text that a spreadsheet would run as a formula is disarmed."""
    titles, rows = raw_table(answer, language)
    out = io.StringIO()
    out.write(_BYTE_ORDER_MARK)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([disarm_formula(one) for one in titles])
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return disarm_formula(value)
    return "" if value is None else value
