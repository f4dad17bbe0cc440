"""What runs by itself for the channels: tokens changed in time, lost events brought in, new
conversations named, what was sent by address fetched.
"""

from __future__ import annotations

from datetime import datetime

from motcua.channels import media
from motcua.channels.mail import fetching, threads
from motcua.channels.messenger import backfill as messenger_backfill
from motcua.channels.messenger import looking_after as messenger
from motcua.channels.smpp import looking_after as smpp
from motcua.channels.zalo import backfill, looking_after
from motcua.config import jobs


@jobs.periodic("channels-tokens", every_seconds=900)
def refresh_tokens(at: datetime) -> int:
    looking_after.refresh_tokens(at=at)
    messenger.look_after(at=at)
    return 0


@jobs.periodic("channels-lost", every_seconds=300)
def bring_in_lost(at: datetime) -> int:
    backfill.bring_in_lost(at=at)
    messenger_backfill.bring_in_lost(at=at)
    return 0


@jobs.periodic("channels-names", every_seconds=30)
def name_new_ones(at: datetime) -> int:
    return looking_after.name_new_ones(at=at) + messenger.name_new_ones(at=at)


@jobs.periodic(media.JOB, every_seconds=20)
def fetch_media(at: datetime) -> int:
    return media.fetch_due(at=at)


@jobs.periodic("channels-mail", every_seconds=20)
def fetch_mail(at: datetime) -> int:
    return fetching.fetch_new(at=at)


@jobs.periodic("channels-mail-names", every_seconds=3600)
def forget_mail_names(at: datetime) -> int:
    return threads.sweep(at=at)


@jobs.periodic("channels-sms-line", every_seconds=5)
def keep_sms_line(at: datetime) -> int:
    return smpp.keep_line()


@jobs.periodic("channels-sms-sweep", every_seconds=300)
def sweep_sms(at: datetime) -> int:
    return smpp.sweep(at=at)
