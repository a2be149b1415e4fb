"""Lays everyday_words.tsv into the program.

Usage: embed_everyday.py IN.tsv OUT.cpp
"""
import sys


def main():
    source, out = sys.argv[1:3]
    with open(source, encoding="utf-8") as file:
        lines = file.read().splitlines()
    keys = [line.split("\t")[0] for line in lines]
    if keys != sorted(set(keys)) or any(line.count("\t") != 1 for line in lines):
        sys.exit(f"{source}: a line for each operation, sorted, with one tab")
    quoted = "\n".join(f'    R"tsv({line}\n)tsv"' for line in lines)
    with open(out, "w", encoding="utf-8") as file:
        file.write(f"""// Made by embed_everyday.py. Do not edit.
#include "catalog/search/everyday_words.h"

namespace tartan::catalog {{

std::string_view everyday_words_text() {{
  return
{quoted};
}}

}}  // namespace tartan::catalog
""")


main()
