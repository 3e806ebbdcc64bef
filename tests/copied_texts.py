"""Texts of our own that tests make copies of."""

from __future__ import annotations

STORY = """\
Quarry towns brace for quota
HALLSTEIN, May 3 - The mining board of Norrland said on Monday that it would cap shipments of crushed feldspar
at 40,000 tonnes a year, a step that quarry owners called the hardest in a generation. The cap takes effect in
September, after a public hearing in the county hall, and will be reviewed every second spring.
Board secretary Ragna Holm told reporters that roads along the fjord could not carry more lorries. "We counted
212 of them in one morning," she said, adding that two villages had asked for a complete stop. The owners'
league answered that ships, not lorries, moved most of the stone, and promised to publish its own count by the
end of the month.
Glassmakers downstream hold stocks for about ten weeks. One of them, in the harbour of Lund, has begun to test
sand from a pit farther south, which melts at a higher temperature and costs a tenth more. Its foreman expects
the first panes by July.
The county treasurer put the loss of fees at 3.4 million crowns and said that a levy on empty return trips
might make up for half of it. The council votes on the levy in June.
"""
NOTICE = """\
Notice of the harbour master. The gauge at the north pier stood at {level} metres at six in the morning of
{day} May. Vessels that draw more than {draught} metres wait in the roads until the tide has turned. The lock
is closed between noon and one o'clock for the inspection of its gates. Pilots are to be ordered by telephone
on the day before. The fairway is marked as shown in the chart of the authority, and the lights on the mole
burn through the night. Anglers keep off the slip.
"""
