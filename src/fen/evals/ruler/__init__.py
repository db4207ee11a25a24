"""Long context, generated: what was hidden in a long text is asked for, and the answer checked exactly.

The kinds of task are those of RULER (https://arxiv.org/abs/2404.06654); texts and code are Fen's own. The
texts are made by a seeded grammar from invented names, so that nothing of them can be looked up or known.
"""
