"""Makes character maps in SentencePiece's form, from rules such as {"\ufb01": "fi"}; keys may also be bytes."""
import base64
import struct


def chars_map(rules):
    """The base64 of a precompiled_charsmap: size of the double array, the double array, replacements that end with a NUL."""
    replacements, root = b"", {}
    for key, value in rules.items():
        node = root
        for byte in key if isinstance(key, bytes) else key.encode():
            node = node.setdefault(byte, {})
        node[-1] = len(replacements)
        replacements += value.encode() + b"\0"
    units, bases, todo = {0: 0}, {0}, [(0, root)]
    while todo:
        at, node = todo.pop()
        labels = [max(label, 0) for label in node]  # the value stands at the base itself
        base = next(b for b in range(1 << 16) if b not in bases and not any(b ^ label in units for label in labels))
        bases.add(base)
        units[at] |= (at ^ base) << 10 | (-1 in node) << 8
        for label, child in node.items():
            if label < 0:
                units[base] = 1 << 31 | child
            else:
                units[base ^ label] = label
                todo.append((base ^ label, child))
    array = b"".join(struct.pack("<I", units.get(i, 0)) for i in range((max(units) | 255) + 1))
    return base64.b64encode(struct.pack("<I", len(array)) + array + replacements).decode()
