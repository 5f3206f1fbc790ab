"""Lives of accounts, made by a seed: whose owner is of one named kind, and who may be attacked by another.

``owners`` and ``attackers`` hold the kinds, ``generator`` plays them. Plain Python over the plain rows of
``accounts.doubt.activity``; tests use it too.
"""
