// The script host's helper without the rest of the program, for tests.
#include "script/script_host.h"

int main() { return tartan::script::run_script_helper(); }
