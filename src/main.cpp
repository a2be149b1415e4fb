#include "cli/commands.h"

int main(int argc, char** argv) { return tartan::cli::run(argc, argv); }
