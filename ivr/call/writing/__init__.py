"""Conversations in writing (CBA 十七(一)): the dialogue of the telephone with somebody who types."""
