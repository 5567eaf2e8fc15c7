"""Templates as Python functions: the templates of our pages, which Django reads, drawn several times as fast.

Django draws a template by asking each of its nodes in turn, and each node finds its variables anew: on a page
of fifty rows that is most of what the page costs. Here the nodes of a template, and of those that it
includes, are written out as one function. What a page says stays the same to the letter: a node of which
nothing is known here is drawn by Django, and so is whatever of an expression fails.
"""
