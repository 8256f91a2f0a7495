"""What can go wrong at the desk, by code; its sentence is `error.<code>` in the desk's wording."""

from __future__ import annotations

STATUS = {
    "login": 401,
    "form": 403,
    "role": 403,
    "not_found": 404,
    "gone": 404,
    "profile_gone": 404,
    "content_type": 415,
    "files": 422,
    "invalid": 422,
    "too_long": 422,
}


class DeskError(Exception):
    """A refusal at the desk, one of `STATUS`. Written for the consultant."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code, self.status = code, STATUS[code]
