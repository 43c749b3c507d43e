"""`ivr privacy`: the group; its commands are beside it."""

from __future__ import annotations

import click

from ivr.cli.console.chinese import Group
from ivr.cli.privacy.customers import consent, erase, show
from ivr.cli.privacy.holds import hold, holds, release
from ivr.cli.privacy.keys import keys, new_key_, rotate_keys
from ivr.cli.privacy.register import register


@click.group(cls=Group)
def privacy() -> None:
    """客户信息保护：保存哪些资料、保存多久、保全、同意、删除；录音加密的密钥。"""


for _command in (consent, erase, hold, holds, keys, new_key_, register, release, rotate_keys, show):
    privacy.add_command(_command)
