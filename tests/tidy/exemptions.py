"""What may break a rule, and why. The list can only shrink: an entry that is no longer needed is a finding itself.

A size's entry carries the size it has today, so that nothing grows behind its exemption.
"""

# rule -> {path, or path:function: (largest size or None, reason)}
EXEMPT = {
    'sizes': {},
    'tests': {},
    'virtual comments': {},
}


def without_exempt(rule, findings, exempt=None):
    """Findings (key, size or None, words) that no entry covers, as words; and entries that cover nothing."""
    entries = EXEMPT[rule] if exempt is None else exempt
    used = set()
    words = []
    for key, size, text in findings:
        if key in entries and (size is None or size <= entries[key][0]):
            used.add(key)
        else:
            words.append(text)
    words += [f'{key}: the exemption from "{rule}" is no longer needed' for key in entries if key not in used]
    return words
