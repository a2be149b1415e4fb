#include "server/audit_page.h"

#include <charconv>

namespace tartan::server {
namespace {

struct Source {
  std::int64_t before = INT64_MAX;  // what the page may show is older than this number
  std::vector<access::AuditEntry> entries;
  std::size_t taken = 0;

  bool has_more() const { return taken < entries.size(); }
  const access::AuditEntry& head() const { return entries[taken]; }
};

bool read_number(std::string_view text, std::int64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size() && number > 0;
}

// "ACCESS.WORKFLOW"
bool read_place(std::string_view next, Source& access, Source& workflow) {
  const auto dot = next.find('.');
  return next.empty() ||
         (dot != std::string_view::npos && read_number(next.substr(0, dot), access.before) &&
          read_number(next.substr(dot + 1), workflow.before));
}

std::optional<Error> fill(store::Database& database, Source& source, std::size_t size) {
  return database.read([&](store::Transaction& tx) {
    source.entries = access::entries_before(tx, source.before, size);
  });
}

// Where the next page begins. What is newer than all that this one saw is left out for good.
std::int64_t place_behind(const Source& source) {
  if (source.taken > 0) {
    return source.entries[source.taken - 1].number;
  }
  return source.entries.empty() ? 1 : source.entries.front().number + 1;
}

}  // namespace

Result<AuditPage> read_audit(store::Database& access, store::Database& workflow,
                             std::string_view next, std::size_t size) {
  Source of_access;
  Source of_workflow;
  if (!read_place(next, of_access, of_workflow)) {
    return Error{Fault::invalid, "next must be the `next` of an earlier page"};
  }
  // One more than the page holds tells whether there is another.
  for (const auto& [database, source] :
       {std::pair{&access, &of_access}, std::pair{&workflow, &of_workflow}}) {
    if (auto error = fill(*database, *source, size + 1)) {
      return *std::move(error);
    }
  }
  AuditPage page;
  while (page.entries.size() < size && (of_access.has_more() || of_workflow.has_more())) {
    const bool workflow_first =
        !of_access.has_more() ||
        (of_workflow.has_more() && of_workflow.head().at >= of_access.head().at);
    Source& source = workflow_first ? of_workflow : of_access;
    page.entries.push_back(source.entries[source.taken++]);
  }
  if (of_access.has_more() || of_workflow.has_more()) {
    page.next =
        std::to_string(place_behind(of_access)) + "." + std::to_string(place_behind(of_workflow));
  }
  return page;
}

}  // namespace tartan::server
