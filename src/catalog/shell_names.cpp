#include "catalog/shell_names.h"

#include <algorithm>

namespace tartan::catalog {
namespace {

// What bash reads, sets or forbids to set, and what a program that it starts would be led astray
// by.
constexpr std::string_view kTaken[] = {"BASH",
                                       "BASHOPTS",
                                       "BASHPID",
                                       "CDPATH",
                                       "COLUMNS",
                                       "COMP_WORDBREAKS",
                                       "DIRSTACK",
                                       "ENV",
                                       "EPOCHREALTIME",
                                       "EPOCHSECONDS",
                                       "EUID",
                                       "EXECIGNORE",
                                       "FCEDIT",
                                       "FIGNORE",
                                       "FUNCNAME",
                                       "FUNCNEST",
                                       "GLOBIGNORE",
                                       "GROUPS",
                                       "HISTCMD",
                                       "HISTFILE",
                                       "HISTSIZE",
                                       "HOME",
                                       "HOSTNAME",
                                       "HOSTTYPE",
                                       "IFS",
                                       "IGNOREEOF",
                                       "INPUTRC",
                                       "LANG",
                                       "LINENO",
                                       "LINES",
                                       "MACHTYPE",
                                       "MAIL",
                                       "MAILCHECK",
                                       "MAILPATH",
                                       "OLDPWD",
                                       "OPTARG",
                                       "OPTERR",
                                       "OPTIND",
                                       "OSTYPE",
                                       "PATH",
                                       "PIPESTATUS",
                                       "POSIXLY_CORRECT",
                                       "PPID",
                                       "PROMPT_COMMAND",
                                       "PS0",
                                       "PS1",
                                       "PS2",
                                       "PS3",
                                       "PS4",
                                       "PWD",
                                       "RANDOM",
                                       "READLINE_LINE",
                                       "REPLY",
                                       "SECONDS",
                                       "SHELL",
                                       "SHELLOPTS",
                                       "SHLVL",
                                       "SRANDOM",
                                       "TERM",
                                       "TIMEFORMAT",
                                       "TMOUT",
                                       "TMPDIR",
                                       "TZ",
                                       "UID",
                                       "USER",
                                       "_",
                                       "http_proxy",
                                       "https_proxy",
                                       "all_proxy",
                                       "no_proxy",
                                       "HTTPS_PROXY",
                                       "ALL_PROXY",
                                       "NO_PROXY"};

bool is_taken(std::string_view name) {
  return name.starts_with("BASH_") || name.starts_with("LC_") || name.starts_with("LD_") ||
         name.starts_with("CURL_") || name.starts_with("SSL_") ||
         std::find(std::begin(kTaken), std::end(kTaken), name) != std::end(kTaken);
}

// Whether it is a taken name with underscores behind it.
bool looks_taken(std::string_view name) {
  for (;; name.remove_suffix(1)) {
    if (is_taken(name)) {
      return true;
    }
    if (!name.ends_with('_')) {
      return false;
    }
  }
}

}  // namespace

std::string shell_name(std::string_view placeholder) {
  return std::string(placeholder) + (looks_taken(placeholder) ? "_" : "");
}

std::string placeholder_of_shell_name(std::string_view name) {
  const std::string_view shorter = name.substr(0, name.size() - 1);
  return std::string(name.ends_with('_') && looks_taken(shorter) ? shorter : name);
}

}  // namespace tartan::catalog
