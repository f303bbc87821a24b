"""What the rules of the model draw from."""

from hypothesis import strategies as st

from tests.model.world import BROWSERS

browsers = st.sampled_from(sorted(BROWSERS))
of_members = st.sampled_from(["desk", "phone", "home", "elsewhere"])
anybody = st.sampled_from([None, None, None, "owner", "lena", "nina", "stranger", "root"])
members = st.sampled_from(["lena", "nina", "lena", "nina", "owner", "root"])
seconds = st.sampled_from([1, 7, 30, 31, 60, 90, 150, 299, 300, 301, 600, 901, 1000, 1801, 3 * 3600, 13 * 3600])
mostly = st.sampled_from([True, True, True, False])
kinds = st.sampled_from(["unused", "unused", "spent", "made up", "app"])
shifts = st.sampled_from([-1, 0, 0, 1, -2, 2, -5, 9, 100])
roles = st.sampled_from([None, None, frozenset({"reading"}), frozenset({"administrator"})])
minutes = st.sampled_from([None, None, 1, 5])
