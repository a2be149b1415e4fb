"""Makes, from the two npm packages, what the engine is compiled from.

    names      reads the package's module file and wasm2c's header and writes engine_names.h: the
               module's minified exports and imports under readable names
    sources    writes engine_sources.cpp: jsonata without async, and host.js, as bytes

A package whose text is not as expected fails here, at build time, and not in an evaluation.
"""

import re
import sys
from pathlib import Path

# What this project calls; the package exports more.
EXPORTS = """malloc QTS_NewRuntime QTS_NewContext QTS_RuntimeSetMemoryLimit QTS_RuntimeSetMaxStackSize
QTS_RuntimeEnableInterruptHandler QTS_Eval QTS_Call QTS_GetUndefined QTS_NewString QTS_NewFloat64
QTS_GetString QTS_ResolveException QTS_GetProp""".split()

# Each import, and text that stands in its JavaScript implementation and in no other's.
IMPORTS = {
    "assert_fail": "Assertion failed",
    "abort": '=>N("")',
    "keepalive_clear": "Q=!1",
    "local_time": "9007199254740992",
    "set_timer": "setTimeout",
    "time_zone": "padStart",
    "clock_time": "BigInt(Math.round",
    "date_now": "()=>Date.now()",
    "grow_memory": "H.length",
    "environ_get": "g=d+b",
    "environ_sizes_get": "for(var e of b)",
    "fd_close": "=>52",
    "fd_seek": "return 70",
    "fd_write": "pa[k]",
    "exit": ":ma",
    "call_function": "callbacks.callFunction",
    "should_interrupt": "callbacks.shouldInterrupt",
    "load_module": "callbacks.loadModuleSource",
    "normalize_module": "callbacks.normalizeModule",
    "free_host_ref": "callbacks.freeHostRef",
    "memory": ":q",
}


def fail(message):
    sys.exit("prepare.py: " + message)


def only(pattern, text, what):
    found = re.findall(pattern, text, re.S)
    if len(found) != 1:
        fail(f"{what}: expected once in the module file, found {len(found)} times")
    return found[0]


def import_entries(module):
    """The members of the object that the module file passes as imports: {minified name: text}."""
    start = module.index("={b:(") + 2
    entries, depth, begin = {}, 0, start
    for at in range(start, len(module)):
        character = module[at]
        if depth == 0 and character in ",}":
            entry = module[begin:at]
            entries[entry.split(":", 1)[0].strip()] = entry
            begin = at + 1
            if character == "}":
                return entries
        depth += (character in "([{") - (character in ")]}")
    fail("the object of imports has no end")


def import_names(module):
    entries = import_entries(module)
    names = {}
    for role, needle in IMPORTS.items():
        if role in ("exit", "memory"):
            found = [name for name, text in entries.items() if text.endswith(needle)]
        else:
            found = [name for name, text in entries.items() if needle in text]
        if len(found) != 1:
            fail(f"import {role}: expected one, found {found}")
        names[role] = found[0]
    if sorted(names.values()) != sorted(entries):
        fail(f"imports without a role: {set(entries) - set(names.values())}")
    return names


def write_names(module_file, header_file, out):
    module = Path(module_file).read_text(encoding="utf-8")
    header = Path(header_file).read_text(encoding="utf-8")
    symbols = dict(re.findall(r"/\* export: '([^']+)' \*/\n[^\n]*?(\w+)\(", header))
    import_symbols = dict(re.findall(r"/\* import: 'a' '([^']+)' \*/\n[^\n]*?(\w+)\(", header))
    lines = ["// Made by prepare.py: the module's minified names.", "#pragma once", ""]
    minified = {name: only(rf"c\._{name}=b\.([\w$]+)[;,]", module, name) for name in EXPORTS}
    minified["initialize"] = only(r"calledRun=!0;if\(!C\)\{L=!0;Z\.([\w$]+)\(\)", module, "start")
    for name, short in minified.items():
        lines.append(f"#define quickjs_{name} {symbols[short]}")
    for role, short in import_names(module).items():
        if role == "memory":
            symbol = only(r"extern wasm_rt_memory_t\* (\w+)\(", header, "the memory")
        else:
            symbol = import_symbols[short]
        lines.append(f"#define import_{role} {symbol}")
    prefix = only(r"void (\w+)_instantiate\(", header, "instantiate")
    for part in ("init_module", "instantiate", "instance_t"):
        lines.append(f"#define quickjs_{part} {prefix}_{part}")
    imports = only(r"struct (\w+_instance_t);", header, "imports")
    lines.append(f"#define quickjs_imports_t {imports}")
    Path(out).write_text("\n".join(lines) + "\n", encoding="utf-8")


def synchronous(source):
    """jsonata is asynchronous in form only: nothing it does waits. Without the form it is faster and
    can be stopped anywhere."""
    source = re.sub(r"(?<![\w$.\"'])async(?=\s*(function\b|\())", "", source)
    source = re.sub(r"(?<![\w$.\"'])await\b", " ", source)
    source = source.replace("Promise.all(", "(")
    if re.search(r"(?<![\w$.])(async\s*(function|\(|\w+\s*=>)|await\b)|\bPromise\b", source):
        fail("jsonata still holds asynchronous code")
    return source


def write_array(name, data):
    rows = [", ".join(str(byte) for byte in data[i : i + 24]) for i in range(0, len(data), 24)]
    return (
        f"const unsigned char k{name}Bytes[] = {{\n" + ",\n".join(rows) + "};\n"
        f"const std::string_view k{name}(reinterpret_cast<const char*>(k{name}Bytes), "
        f"sizeof(k{name}Bytes));\n"
    )


def write_sources(jsonata_file, host_file, out):
    jsonata = synchronous(Path(jsonata_file).read_text(encoding="utf-8"))
    host = Path(host_file).read_text(encoding="utf-8")
    text = '#include "script/engine/engine_sources.h"\n\nnamespace tartan::script {\n'
    text += write_array("JsonataSource", jsonata.encode())
    text += write_array("HostSource", host.encode())
    Path(out).write_text(text + "}  // namespace tartan::script\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "names":
        write_names(*sys.argv[2:])
    elif len(sys.argv) == 5 and sys.argv[1] == "sources":
        write_sources(*sys.argv[2:])
    else:
        fail("usage: names MODULE HEADER OUT | sources JSONATA HOST OUT")
