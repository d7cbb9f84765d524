"""A place to drop a file on, or to choose one: `file_input("picture", State.begin, State.take, accept="image/png", …)`.

The browser's own file field covers the whole place: it takes what is dropped, and the keyboard reaches it.
"""

from typing import Any

import reflex as rx
from reflex.event import EventSpec
from reflex_base.event import FileUpload
from reflex_components_core.core.upload import Upload
from reflex_components_core.el.elements.forms import BaseInput

# Reflex takes files only where an upload of its own is used, or said to be.
Upload.is_used = True


def _picked(event: rx.Var[Any]) -> tuple[rx.Var[Any]]:
    return (rx.Var(f"Array.from({event!s}.target.files)"),)


# To mypy, Reflex's elements are anything.
class FileField(BaseInput):  # type: ignore[misc]
    """An `<input type="file">` whose change hands over its files."""

    @classmethod
    def get_event_triggers(cls) -> dict[str, Any]:
        """Return Reflex's triggers, of which the change tells files."""
        return {**super().get_event_triggers(), "on_change": _picked}


def file_input(
    upload_id: str,
    *content: Any,
    accept: str,
    most_bytes: int,
    label: str | rx.Var,
    on_begin: Any,
    on_file: Any,
    on_progress: Any,
    busy: rx.Var[bool],
    described_by: str = "",
    class_name: str = "",
) -> rx.Component:
    """Return `content` as a place for one file.

    `on_begin` is called with the file's name and size in bytes before anything is sent; `on_file` with the uploaded
    file, or none when it has more than `most_bytes`: such a one is not sent. `on_progress` is called with
    {"progress": 0..1} on the way. What `on_file` is to know besides, as it was when the file was chosen, it is bound to
    by a lambda: `lambda upload: State.take(upload, State.place)`.
    """

    def send(files: rx.Var[Any]) -> list[Any]:
        name, size = rx.Var(f"({files!s}[0]?.name ?? '')"), rx.Var(f"({files!s}[0]?.size ?? 0)")
        uploading: EventSpec = on_file(FileUpload(upload_id=upload_id, on_upload_progress=on_progress))
        sent = rx.Var(f"{files!s}.filter(file => file.size <= {most_bytes})")
        spec = uploading.with_args(
            tuple((key, sent if str(key) == "files" else value) for key, value in uploading.args)
        )
        # Emptied in the end: choosing the same file again is to be noticed.
        empty = rx.call_script(f"document.getElementById('{upload_id}').value=''")
        return [on_begin(name.to(str), size.to(int)), spec, empty]

    return rx.el.div(
        *content,
        FileField.create(
            type="file",
            id=upload_id,
            accept=accept,
            aria_label=label,
            aria_describedby=described_by,
            disabled=busy,
            on_change=send,
            title="",
            class_name="absolute inset-0 size-full cursor-pointer opacity-0 disabled:cursor-wait file:cursor-pointer",
        ),
        class_name=f"relative has-focus-visible:outline-3 has-focus-visible:outline-offset-2 "
        f"has-focus-visible:outline-accent {class_name}",
    )
