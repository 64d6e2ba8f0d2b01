"""Segment's words for requests, and ours."""

from kizuna.domains.privacy.contracts import RequestKind, RequestState

KIND_OF: dict[str, RequestKind] = {
    "SUPPRESS_ONLY": "restriction",
    "DELETE_ONLY": "deletion",
    "SUPPRESS_WITH_DELETE": "erasure",
    "UNSUPPRESS": "release",
}

STATUS_OF: dict[RequestState, str] = {
    "received": "INITIALIZED",
    "running": "RUNNING",
    "done": "FINISHED",
    "failed": "FAILED",
    "refused": "INVALID",
}


def identifier_type(subject_type: str) -> str:
    """``USER_ID`` names identifiers of the type ``user_id``, and so on."""
    return subject_type.lower()
