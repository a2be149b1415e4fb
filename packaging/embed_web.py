"""Makes one C++ file of a built web folder: every file compressed, laid into the program as bytes.

Usage: embed_web.py FOLDER OUT.cpp
"""
import gzip
import hashlib
import os
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json",
         ".woff2": "font/woff2", ".png": "image/png", ".txt": "text/plain; charset=utf-8"}


def main():
    folder, out = sys.argv[1:3]
    packed_folder = out + ".files"
    os.makedirs(packed_folder, exist_ok=True)
    paths = sorted(os.path.relpath(os.path.join(root, name), folder)
                   for root, _, names in os.walk(folder) for name in names)
    assembly, rows, digest = [], [], hashlib.sha256()
    for number, path in enumerate(paths):
        kind = TYPES.get(os.path.splitext(path)[1])
        if kind is None:
            sys.exit(f"embed_web.py: {path}: what type is that?")
        with open(os.path.join(folder, path), "rb") as source:
            packed = gzip.compress(source.read(), 9, mtime=0)
        digest.update(packed)
        target = os.path.join(packed_folder, str(number))
        with open(target, "wb") as sink:
            sink.write(packed)
        assembly.append(f'asm(".section .rodata\\ntartan_web_{number}: .incbin \\"{target}\\"\\n'
                        f'.byte 0\\n.globl tartan_web_{number}\\n.previous");\n'
                        f'extern "C" const char tartan_web_{number}[];')
        rows.append(f'    {{"/{path}", "{kind}", {{tartan_web_{number}, {len(packed)}}}}},')
    text = f"""// Made by packaging/embed_web.py. Do not edit. Of {digest.hexdigest()}
#include "server/pages.h"

{chr(10).join(assembly)}

namespace tartan::server {{

std::span<const WebFile> web_files() {{
  static const WebFile files[] = {{
{chr(10).join(rows)}
  }};
  return files;
}}

}}  // namespace tartan::server
"""
    with open(out, "w") as sink:
        sink.write(text)


main()
