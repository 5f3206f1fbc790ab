"""Figures that the portal has promised, measured on its real parts: one runnable file a figure.

``python -m benchmarks`` measures all, ``python -m benchmarks page_weight`` those whose names begin so.
"""
