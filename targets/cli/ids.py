"""Ids that commands take: a former id leads on to the present one, and says so."""

from collections.abc import Collection

import click

from targets.catalog import Catalog
from targets.catalog.lifecycle import redirect_words


def present(catalog: Catalog, record_id: str) -> str:
    """The id, or the one that it was renamed to, which is told on the error stream."""
    redirect = catalog.redirects.get(record_id)
    if redirect is None or redirect.to is None:
        return record_id
    click.echo(f"{redirect_words(redirect)}；以下是 {redirect.to}", err=True)
    return redirect.to


def known(
    catalog: Catalog, record_id: str, among: Collection[str] | None = None, what: str = "记录"
) -> str:
    """The id of a record that there is (`among` these: what the command can take).

    Raises click.UsageError: with what became of a former id, or with ids that come near.
    """
    found = present(catalog, record_id)
    if found in (catalog.records if among is None else among):
        return found
    if found in catalog.redirects:
        raise click.UsageError(f"{redirect_words(catalog.redirects[found])}")
    hint = catalog.hint(found, among) or "可用 find 查词。"
    raise click.UsageError(f"没有编号为 {found} 的{what}。{hint}")
