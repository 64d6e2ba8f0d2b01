"""Turns wrong fields into one ``Invalid`` that names them all."""

from collections.abc import Callable, Mapping

from kizuna.domains.workspace.rules.inputs import FieldError
from kizuna.kernel.errors import Invalid


def check_fields(checks: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    """The checked values by field. Raises ``Invalid`` with a sentence for each wrong one."""
    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for field, check in checks.items():
        try:
            values[field] = check()
        except FieldError as error:
            wrong[field] = str(error)
    if wrong:
        first = next(iter(wrong.values()))
        raise Invalid("fields_invalid", first if len(wrong) == 1 else "Some fields need another value.", fields=wrong)
    return values
