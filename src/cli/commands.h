// The command line: every subcommand, its flags, and what it prints.
#pragma once

namespace tartan::cli {

// Answers the process's exit code: 0 done, 1 failed, 2 used wrongly.
int run(int argc, char** argv);

}  // namespace tartan::cli
