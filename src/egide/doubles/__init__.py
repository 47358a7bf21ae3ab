"""The outside, played: a professional's software, a browser and its keys, a bank that says whose an account is."""
