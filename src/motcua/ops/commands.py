"""The words of the `motcua` command and their options; each names what is loaded when it is asked for."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

QR_OPTIONS = (
    "bin", "account", "amount", "purpose", "bill-number", "customer-code", "reference", "store", "terminal", "mobile",
    "service", "category", "merchant-name", "city", "postal-code", "tax-code",
)  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """All sub-commands with their options (docs/reference/commands.md is checked against this)."""
    top = argparse.ArgumentParser(
        prog="motcua", description="One door between an electricity company and its customers."
    )
    top.add_argument("--home", default="", help="data folder (default: MOTCUA_HOME, else ./var)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in COMMANDS:
        add(commands)
    return top


def _up(commands: Commands) -> None:
    up = commands.add_parser("up", help="start everything on this machine; Ctrl-C stops it")
    up.add_argument(
        "--port",
        type=int,
        default=int(os.environ.get("MOTCUA_PORT") or 8000),
        help="pages; the edge takes the next one",
    )
    up.add_argument(
        "--host",
        default=os.environ.get("MOTCUA_HOST") or "",
        help="serve the network over https under this name",
    )
    up.add_argument("--company", default="HANOI", help="the company that --host leads to")
    up.add_argument(
        "--bind", default="", help="address to listen on (default 127.0.0.1, with --host 0.0.0.0)"
    )
    up.add_argument("--workers", type=int, default=0, help="page processes (default: processors, at most 4)")
    up.add_argument("--logs", choices=["files", "output"], default=None, help="where the parts log")
    up.set_defaults(run="motcua.ops.up:run")


def _sandbox(commands: Commands) -> None:
    outside = commands.add_parser(
        "sandbox", help="stand-ins of Zalo, Messenger, SMS, mail ... for trying an installation"
    )
    outside.add_argument(
        "--port", type=int, default=8800, help="the phones' pages; the interfaces take the next one"
    )
    outside.add_argument("--company", default="HANOI", help="whose accounts they play")
    outside.add_argument(
        "--installation", default="", metavar="URL", help="its edge (default: http://COMPANY.localhost:8001)"
    )
    outside.add_argument("--host", default="", help="the company's host name, where the URL does not say it")
    outside.add_argument("--brand", default="", help="the company's name on the phones")
    outside.add_argument("--push-key", default="", help="the key that may wake the browsers (VAPID, public)")
    outside.set_defaults(run="motcua.ops.outside.command:run")


def _migrate(commands: Commands) -> None:
    migrate = commands.add_parser("migrate", help="bring the database to this version")
    migrate.set_defaults(run="motcua.ops.up:migrate")


def _check(commands: Commands) -> None:
    check = commands.add_parser("check", help="say what is wrong with this installation")
    check.add_argument("--json", action="store_true", help="for programs")
    check.add_argument("--ledger", action="store_true", help="also replay every ledger account (slow)")
    check.set_defaults(run="motcua.ops.check:run")


def _backup(commands: Commands) -> None:
    backup = commands.add_parser("backup", help="database, documents and keys into one file")
    backup.add_argument("file")
    backup.set_defaults(run="motcua.ops.backup:backup")


def _restore(commands: Commands) -> None:
    restore = commands.add_parser("restore", help="a backup into an empty installation")
    restore.add_argument("file")
    restore.add_argument("--force", action="store_true", help="replace what is there")
    restore.set_defaults(run="motcua.ops.backup:restore")


def _clock(commands: Commands) -> None:
    clock = commands.add_parser("clock", help="the settable clock of a demonstration")
    acts = clock.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("show", help="what time it is")
    acts.add_parser("set", help="make it that instant; time goes on from there").add_argument("instant")
    acts.add_parser("advance", help="let 1d, 2h or 30m pass").add_argument("by")
    acts.add_parser("real", help="back to the machine's clock")
    clock.set_defaults(run="motcua.ops.clock:run")


def _company(commands: Commands) -> None:
    company = commands.add_parser("company", help="companies of this installation")
    company_acts = company.add_subparsers(dest="act", required=True, metavar="ACT")
    add = company_acts.add_parser("add", help="one more company: schema, role, host name")
    _company_arguments(add)
    company.set_defaults(run="motcua.ops.company_add:run")


def _directory(commands: Commands) -> None:
    directory = commands.add_parser(
        "directory", help="where a company's staff sign in: OpenID Connect or LDAP"
    )
    directory.add_argument("--company", required=True)
    directory.add_argument("--code", required=True, help="a short name of yours, e.g. AD")
    directory.add_argument("--kind", required=True, choices=["oidc", "ldap"])
    directory.add_argument("--name", required=True, help="what staff read on the button")
    directory.add_argument("--address", required=True, help="the issuer, or ldaps://host")
    directory.add_argument("--client", required=True, help="our client id there, or the entry we bind as")
    directory.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="base=..., username=..., disabled=...",
    )
    directory.add_argument(
        "--recheck-minutes", type=int, default=10, help="how often it is asked who still belongs (1 to 55)"
    )
    directory.add_argument(
        "--off", action="store_true", help="nobody signs in there any more; sessions from there end"
    )
    directory.set_defaults(run="motcua.ops.directory:run")


def _import(commands: Commands) -> None:
    imports = commands.add_parser("import", help="data of an older system")
    what = imports.add_subparsers(dest="what", required=True, metavar="WHAT")
    customers = what.add_parser(
        "customers", help="customers, contracts, meters, readings, balances from CSV or XLSX"
    )
    customers.add_argument("file")
    customers.add_argument("--company", required=True)
    customers.add_argument("--dry-run", action="store_true")
    customers.add_argument("--errors", default="", help="write refused rows to this CSV file")
    imports.set_defaults(run="motcua.ops.import_customers:run")


def _story(commands: Commands) -> None:
    story = commands.add_parser("story", help="play the journey against the running server")
    story.add_argument(
        "--port",
        type=int,
        default=int(os.environ.get("MOTCUA_PORT") or 0),
        help="default: the port of the running server",
    )
    story.add_argument("--count", type=int, default=1, help="so many side by side")
    story.add_argument("--company", default="HANOI")
    story.add_argument("--first", type=int, default=None, help="which customers: the number of the first one")
    story.add_argument("--patient", action="store_true", help="ask again while a part of the server restarts")
    story.set_defaults(run="motcua.ops.story:run")


def _reports(commands: Commands) -> None:
    reports = commands.add_parser("reports", help="the boards' figures beside the journals they come from")
    report_acts = reports.add_subparsers(dest="act", required=True, metavar="ACT")
    for name, help_text in (("check", "compare them"), ("rebuild", "work them out anew from the journals")):
        report_acts.add_parser(name, help=help_text).add_argument(
            "--company", default="", help="default: all"
        )
    reports.set_defaults(run="motcua.ops.reports:run")


def _year_2018(commands: Commands) -> None:
    year = commands.add_parser("year-2018", help="a year of requests at a scale of 9.6 million")
    year.add_argument(
        "--scale", type=float, required=True, help="0.001 makes 9,600 requests, 1 makes 9.6 million"
    )
    year.add_argument(
        "--company", default="", help="one company alone (default: the five, one after the other)"
    )
    year.add_argument("--batch", type=int, default=2000, help="requests a transaction")
    year.add_argument(
        "--simple",
        action="store_true",
        help="questions, faults and complaints alone: nothing is printed, signed or hung",
    )
    year.add_argument(
        "--money",
        action="store_true",
        help="bills and payments instead of requests: shares without cash, online",
    )
    year.add_argument("--keep-clock", action="store_true", help="leave the home's clock as it is")
    year.set_defaults(run="motcua.ops.year:run")


def _bench(commands: Commands) -> None:
    bench = commands.add_parser("bench", help="measure this machine (a source checkout only)")
    bench.add_argument("rest", nargs=argparse.REMAINDER)
    bench.set_defaults(run="motcua.ops.bench:run")


def _pages(commands: Commands) -> None:
    pages = commands.add_parser(
        "pages", help="weigh or picture the pages of the running server (needs Chromium)"
    )
    page_acts = pages.add_subparsers(dest="act", required=True, metavar="ACT")
    weigh = page_acts.add_parser("measure", help="bytes, requests, first paint of each customer page on 3G")
    weigh.add_argument("--json", action="store_true")
    show = page_acts.add_parser("pictures", help="small pictures of each screen, phone and desktop")
    show.add_argument("--into", default="docs/pictures")
    for act in (weigh, show):
        act.add_argument("--port", type=int, default=int(os.environ.get("MOTCUA_PORT") or 0))
    pages.set_defaults(run="motcua.ops.pages:run")


def _understand(commands: Commands) -> None:
    understand = commands.add_parser(
        "understand", help="what messages mean: lines in, JSON out; train and score on other data"
    )
    understand.add_argument("--model", default="", help="a model's folder instead of this home's own")
    understand.add_argument("--train", default="", metavar="FILE", help="learn from this file into --model")
    understand.add_argument("--score", default="", metavar="FILE", help="accuracy on this file")
    understand.add_argument("--report", action="store_true", help="our own model on its held-out messages")
    understand.add_argument("--today", default="", help="the day that relative days count from")
    understand.add_argument("--copies", type=int, default=6, help="variants of each message when training")
    understand.set_defaults(run="motcua.ops.understand:run")


def _quote(commands: Commands) -> None:
    quote = commands.add_parser(
        "quote", help="what electricity costs: one case or JSON lines in, JSON lines out"
    )
    quote.add_argument(
        "--shipped", action="store_true", help="by the prices that come with Motcua, without a database"
    )
    quote.set_defaults(run="motcua.ops.quote:run")


def _bank(commands: Commands) -> None:
    bank = commands.add_parser("bank", help="what a bank's engineer needs")
    bank_acts = bank.add_subparsers(dest="bank_act", required=True, metavar="certify")
    certify = bank_acts.add_parser(
        "certify", help="try every case of the bank interface until all are green", add_help=False
    )
    certify.add_argument("rest", nargs=argparse.REMAINDER)
    certify.set_defaults(run="motcua.ops.bank:run")


def _qr(commands: Commands) -> None:
    qr = commands.add_parser("qr", help="VietQR and the code of printed bills: text to JSON and back")
    qr_acts = qr.add_subparsers(dest="qr_act", required=True, metavar="encode|decode")
    encode = qr_acts.add_parser("encode", help="a transfer, or with --tax-code the code of a printed bill")
    for name in QR_OPTIONS:
        encode.add_argument(f"--{name}", default=None)
    encode.add_argument("--svg", default="", metavar="FILE", help="draw it there too")
    encode.set_defaults(run="motcua.ops.qr:encode")
    decode = qr_acts.add_parser("decode", help="texts of codes, or a text a line on the standard input")
    decode.add_argument("texts", nargs="*", metavar="TEXT")
    decode.add_argument("--lenient", action="store_true", help="tell what is wrong as warnings")
    decode.set_defaults(run="motcua.ops.qr:decode")


def _statement(commands: Commands) -> None:
    statement = commands.add_parser(
        "statement", help="bank statements: what they say, whether they may be trusted"
    )
    statement_acts = statement.add_subparsers(dest="act", required=True, metavar="ACT")
    look = statement_acts.add_parser(
        "check", help="account, entries, balances, and why a file is quarantined"
    )
    look.add_argument(
        "files", nargs="+", metavar="FILE", help="camt.052/.053/.054, MT940, CSV or XLSX; - is the input"
    )
    look.add_argument("--json", action="store_true", help="one line of JSON a file")
    look.add_argument("--mapping", default="", metavar="FILE", help="how a bank's own sheet is read (JSON)")
    statement.set_defaults(run="motcua.ops.statement:run")
    bring = statement_acts.add_parser("import", help="take files in; the same file again has no effect")
    bring.add_argument("files", nargs="+", metavar="FILE", help="what check reads, and wallets' settlements")
    bring.add_argument("--company", required=True)
    bring.add_argument("--json", action="store_true", help="one line of JSON a file")
    bring.set_defaults(run="motcua.ops.statement_import:run")


def _bill_run(commands: Commands) -> None:
    bills = commands.add_parser(
        "bill-run", help="the bills of a unit and a reading day; again: what is missing"
    )
    bills.add_argument("--company", required=True)
    bills.add_argument("--unit", required=True, help="its code; the units below it belong to it")
    bills.add_argument("--day", required=True, help="the reading day, YYYY-MM-DD")
    bills.add_argument("--dry-run", action="store_true", help="say what it would come to; write nothing")
    bills.add_argument("--chunk", type=int, default=20_000, help="accounts a transaction")
    bills.set_defaults(run="motcua.ops.bill_run:run")


def _shadow_bills(commands: Commands) -> None:
    shadows = commands.add_parser(
        "shadow-bills", help="what bills would be by prices on trial; the highest demands in a CSV file"
    )
    shadows.add_argument("file", metavar="FILE", help="account_code,month,kw[,period]; - is the input")
    shadows.add_argument("--company", required=True)
    shadows.set_defaults(run="motcua.ops.shadow_bills:run")


def _invoice(commands: Commands) -> None:
    invoice = commands.add_parser(
        "invoice", help="e-invoices: verify a file, send, who sells, signs and listens"
    )
    from motcua.ops import invoice as invoice_command  # its options stand with it

    invoice_command.arguments(invoice)
    invoice.set_defaults(run="motcua.ops.invoice:run")


def _version(commands: Commands) -> None:
    version = commands.add_parser("version", help="of Motcua, Python, Django, PostgreSQL's wheel")
    version.set_defaults(run="motcua.ops.version:run")


def _manage(commands: Commands) -> None:
    manage = commands.add_parser("manage", help="Django's own commands on this installation", add_help=False)
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    manage.set_defaults(run="motcua.ops.manage:run")


def _company_arguments(add: argparse.ArgumentParser) -> None:
    add.add_argument("code", help="short name in capitals, e.g. DANANG")
    add.add_argument("--name", required=True, help="in Vietnamese")
    add.add_argument("--name-en", default="")
    add.add_argument("--brand", default="")
    add.add_argument("--hotline", required=True)
    add.add_argument("--site", default="")
    add.add_argument("--email", default="")
    add.add_argument("--colour", default="#1d4e89")
    add.add_argument("--prefix", required=True, help="two letters that begin request numbers")
    add.add_argument("--host", default="", help="host name (default: code.localhost)")


COMMANDS: tuple[Callable[[Commands], None], ...] = (
    _up,
    _sandbox,
    _migrate,
    _check,
    _backup,
    _restore,
    _clock,
    _company,
    _directory,
    _import,
    _story,
    _reports,
    _year_2018,
    _bench,
    _pages,
    _understand,
    _quote,
    _bank,
    _qr,
    _statement,
    _bill_run,
    _shadow_bills,
    _invoice,
    _version,
    _manage,
)
