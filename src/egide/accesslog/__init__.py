"""Who learned what about whom: the tree that proves it, those who watch it, the victims it names.

Nothing is imported here: whoever verifies a log runs ``verify`` with ``tree`` and nothing else of the product.
"""
