"""How dates and times are written, by language. Templates name a format, they never spell one out.

What is named here is there in every language. All times are UTC; whoever shows one says so beside it.
"""
