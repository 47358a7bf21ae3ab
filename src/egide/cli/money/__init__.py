"""Commands on money: settlements, the bank, the funds of insurers, the books."""
