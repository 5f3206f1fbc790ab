"""The forms of a page that asks for a code of something older: one for each kind that could be shown."""

from collections.abc import Sequence

from accounts.disputes.forms.not_me import EvidenceForm
from accounts.enums import Factor


def forms_for(factors: Sequence[Factor], tried: EvidenceForm | None) -> list[tuple[Factor, EvidenceForm]]:
    """Each with ids of its own; ``tried`` is the one that was sent, with what is wrong in it."""
    factor_tried = tried.data.get("factor", "") if tried else ""
    return [
        (
            factor,
            tried
            if tried and factor_tried == factor
            else EvidenceForm(initial={"factor": factor}, auto_id=f"{factor}_%s"),
        )
        for factor in factors
    ]
