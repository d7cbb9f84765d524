"""The picture of a product: dropped, shown while it is sent, replaced, taken away."""

import reflex as rx

from storefront.components.admin.file_input import file_input
from storefront.components.buttons import button
from storefront.components.icons import icon
from storefront.components.images import image
from storefront.i18n import Lang, t
from storefront.state.admin.picture import FIELD, MAX_FILE_BYTES, PREVIEW_ID, PictureState

_HINT = "picture-hint"


def product_picture(lang: Lang) -> rx.Component:
    """Return the picture and what can be done with it."""
    shown = PictureState.picture
    has_one = (shown.image != "") | shown.is_kept
    return rx.el.section(
        rx.el.h2(t(lang, "admin_product.picture"), class_name="font-display text-xl"),
        file_input(
            FIELD,
            rx.cond(
                shown.image != "",
                image(shown.image, "", 400, 400, class_name="absolute inset-0 size-full object-cover"),
                rx.cond(
                    shown.is_kept,
                    rx.fragment(),
                    rx.el.div(
                        icon("upload", 28, "text-muted"),
                        rx.el.p(t(lang, "admin_product.drop"), class_name="font-semibold"),
                        rx.el.p(t(lang, "admin_product.or_choose"), class_name="text-sm text-muted"),
                        class_name="absolute inset-0 flex flex-col items-center justify-center gap-1 p-4 text-center",
                    ),
                ),
            ),
            # The script puts a file's own picture in here.
            rx.el.img(id=PREVIEW_ID, alt="", hidden=True, class_name="absolute inset-0 size-full bg-sunk object-cover"),
            rx.cond(shown.is_busy, _progress(lang), rx.fragment()),
            accept="image/jpeg,image/png,image/webp,image/avif",
            most_bytes=MAX_FILE_BYTES,
            label=rx.cond(has_one, t(lang, "admin_product.picture_replace"), t(lang, "admin_product.picture_choose")),
            described_by=_HINT,
            on_begin=PictureState.begin,
            on_file=lambda upload: PictureState.take(upload, shown.place),
            on_progress=PictureState.advance.throttle(200),
            busy=shown.is_busy,
            class_name="aspect-square w-full overflow-hidden rounded-2xl border-2 border-dashed border-line-strong "
            "bg-sunk hover:border-accent",
        ),
        rx.cond(
            shown.problem != "",
            rx.el.p(icon("alert", 18, "mt-0.5"), shown.problem, role="alert", class_name=_PROBLEM),
            rx.fragment(),
        ),
        rx.cond(
            has_one,
            rx.el.div(
                rx.el.p(t(lang, "admin_product.picture_replace_hint"), class_name="text-sm text-muted"),
                button(
                    icon("trash", 18),
                    t(lang, "admin_product.picture_remove"),
                    kind="secondary",
                    class_name="btn-sm",
                    on_click=PictureState.remove,
                    disabled=shown.is_busy,
                ),
                class_name="flex flex-wrap items-center justify-between gap-2",
            ),
            rx.fragment(),
        ),
        rx.el.p(t(lang, "admin_product.picture_hint"), id=_HINT, class_name="text-sm text-muted"),
        on_unmount=rx.cancel_upload(FIELD),
        class_name="card grid gap-3 p-5",
    )


_PROBLEM = "flex items-start gap-1.5 text-sm font-medium text-accent"


def _progress(lang: Lang) -> rx.Component:
    percent = PictureState.picture.percent
    return rx.el.div(
        rx.el.p(
            rx.cond(
                percent < 100,
                t(lang, "admin_product.sending", percent=percent),
                t(lang, "admin_product.working"),
            ),
            role="status",
            class_name="text-sm font-semibold",
        ),
        rx.el.progress(
            value=percent,
            max=100,
            aria_label=t(lang, "admin_product.progress"),
            class_name="h-2 w-full overflow-hidden rounded-full accent-(--accent)",
        ),
        class_name="absolute inset-x-3 bottom-3 grid gap-2 rounded-xl bg-surface/95 p-3 shadow-card",
    )
