"""`drsctl account`: the accounts that the product may act in besides its own."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from cli.answers import Json
from cli.errors import BadInput
from cli.exit_codes import ExitCode
from cli.output import table
from cli.root_group import GLOBAL_OPTIONS_HINT
from cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Other accounts: add them, try them, cut them off.")

_AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's twelve digits.")]


def _is_id(account_id: str) -> str:
    if not re.fullmatch("[0-9]{12}", account_id):
        raise BadInput(f"'{account_id}' is no account id; it has twelve digits")
    return account_id


@app.command("ls", epilog=GLOBAL_OPTIONS_HINT)
def list_accounts(context: typer.Context) -> None:
    """List the accounts that have an entry.

    \b
    Examples:
      drsctl account ls
    """
    session = session_of(context)
    with session.client() as client:
        accounts = client.accounts()
    rows = [
        [
            account["accountId"],
            account["name"],
            account.get("externalId") or "",
            account.get("proberFunctionName") or "",
        ]
        for account in accounts
    ]
    session.output.listing(
        accounts,
        table(["ACCOUNT", "NAME", "EXTERNAL ID", "PROBER"], rows, optional=["PROBER"]),
        "No other accounts yet; `drsctl account set --help` shows how to add one.",
    )


@app.command("set", epilog=GLOBAL_OPTIONS_HINT)
def set_account(
    context: typer.Context,
    account: _AccountId,
    name: Annotated[str | None, typer.Option("--name", help="What people call it.")] = None,
    external_id: Annotated[
        str | None, typer.Option("--external-id", help="What its role was deployed with.")
    ] = None,
    prober: Annotated[
        str | None, typer.Option("--prober", metavar="FUNCTION", help="Its prober function.")
    ] = None,
) -> None:
    """Add an account, or change what is given of its entry.

    \b
    Examples:
      drsctl account set 444455556666 --name Shop --external-id any-sixteen-letters
    """
    given = {"name": name, "externalId": external_id, "proberFunctionName": prober}
    changes: Json = {key: value for key, value in given.items() if value is not None}
    account_id = _is_id(account)
    if not changes:
        raise BadInput(
            f"nothing is to be set for account {account_id}; give --name, --external-id or --prober"
        )
    session = session_of(context)
    with session.client() as client:
        entry, is_new = client.set_account(account_id, changes)
    verb = "added" if is_new else "changed"
    session.output.answer(entry, f"{verb} account {account} ({entry['name']})")
    session.output.talk.show(f"Try it: drsctl account check {account} --region REGION")


@app.command("check", epilog=GLOBAL_OPTIONS_HINT)
def check(
    context: typer.Context,
    account: _AccountId,
    region: Annotated[str, typer.Option("--region", help="Where its servers are recovered.")],
) -> None:
    """Try now whether DRS of an account answers in a Region.

    \b
    Examples:
      drsctl account check 444455556666 --region us-west-2
    """
    session = session_of(context)
    with session.client() as client:
        found = client.reachability(_is_id(account), region)
    session.output.answer(
        found,
        f"account {account} answers in {region}" if found["reachable"] else str(found["reason"]),
    )
    if not found["reachable"]:
        raise typer.Exit(ExitCode.API_ERROR)


@app.command("rm", epilog=GLOBAL_OPTIONS_HINT)
def remove(context: typer.Context, account: _AccountId) -> None:
    """Cut an account off: what executions still have to start there is held.

    \b
    Examples:
      drsctl account rm 444455556666
    """
    session = session_of(context)
    with session.client() as client:
        client.remove_account(_is_id(account))
    session.output.answer({"accountId": account}, f"removed account {account}")
