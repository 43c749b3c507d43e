"""Values in an utterance, one kind a module: amounts of money, days, digits. What is not said clearly is no value: the
hotline asks again, for a wrong one moves money.

`wetext` (its Mandarin inverse normalisation) was tried before this was written, and is not used: what it brings into
figures rightly `ivr.nlu.values.numerals` reads as well, it makes 100005千 of 十万零五千, 10003 of 一百03, and
knows nothing of halves, corrections, approximations or days from today."""
