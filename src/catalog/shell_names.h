// Names of placeholders as names of shell variables. They are the same but where the shell has a
// use of its own for one (PATH, UID): that gets an underscore behind it.
#pragma once

#include <string>
#include <string_view>

namespace tartan::catalog {

std::string shell_name(std::string_view placeholder);
std::string placeholder_of_shell_name(std::string_view name);

// Comments by which a printed command says more than curl can; the reader takes them up again.
inline constexpr std::string_view kSecretsComment = "Secrets: ";
// Headers that are the task's own though they look like secrets.
inline constexpr std::string_view kOwnHeadersComment = "Headers of the task itself: ";
inline constexpr std::string_view kStandsForComment = " stands for ";
inline constexpr std::string_view kFormComment = "The fields of the form: ";

}  // namespace tartan::catalog
