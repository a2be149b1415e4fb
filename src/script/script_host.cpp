#include "script/script_host.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "json/json.h"
#include "script/helper_process.h"
#include "script/wire.h"

namespace tartan::script {
namespace {

// One evaluation's error in the author's words.
ScriptError error_of(ScriptError::Kind kind, std::string message) {
  return {kind, std::move(message), {}, std::nullopt};
}

std::string megabytes(std::size_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

ScriptError time_limit(const ScriptLimits& limits) {
  return error_of(ScriptError::Kind::time_limit,
                  "the expression ran longer than " + std::to_string(limits.time_ms) + " ms");
}

// The number of bytes of the UTF-8 character that `text` begins with; 0 when it begins with none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t size = first < 0x80               ? 1
                           : (first & 0xE0U) == 0xC0U ? 2
                           : (first & 0xF0U) == 0xE0U ? 3
                           : (first & 0xF8U) == 0xF0U ? 4
                                                      : 0;
  if (size == 0 || size > text.size()) {
    return 0;
  }
  std::uint32_t point = size == 1 ? first : first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) {
      return 0;
    }
    point = (point << 6U) | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point >= least[size] && point <= 0x10FFFF && !surrogate ? size : 0;
}

// A message as it may be shown and stored: a script can put anything into one.
std::string clean(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      out.append(text.substr(0, size));
      text.remove_prefix(size);
    }
  }
  return out;
}

bool is_code(std::string_view text) {
  return text.size() == 5 && text[0] >= 'A' && text[0] <= 'Z' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

ScriptError error_of(const HelperProcess::Answer& answer, const ScriptRequest& request,
                     const ScriptLimits& limits) {
  using Kind = ScriptError::Kind;
  switch (answer.reply.kind) {
    case wire::ReplyKind::time_limit:
      return time_limit(limits);
    case wire::ReplyKind::memory_limit:
      return error_of(Kind::memory_limit,
                      "the expression needed more memory than " + megabytes(limits.memory_bytes));
    case wire::ReplyKind::size_limit:
      return error_of(Kind::size_limit, "the result is larger than " +
                                            std::to_string(limits.output_bytes) + " bytes");
    case wire::ReplyKind::syntax:
    case wire::ReplyKind::runtime:
      break;
    case wire::ReplyKind::ready:
    case wire::ReplyKind::value:
    case wire::ReplyKind::failed:
      return error_of(Kind::unavailable, "the script engine gave an answer that makes no sense");
  }
  ScriptError error =
      error_of(answer.reply.kind == wire::ReplyKind::syntax ? Kind::syntax : Kind::runtime,
               clean(answer.text));
  if (error.message.empty()) {
    error.message = "the expression failed without a message";
  }
  if (is_code(answer.code)) {
    error.code = answer.code;
  }
  if (answer.reply.position >= 0 &&
      static_cast<std::size_t>(answer.reply.position) <= request.expression.size()) {
    error.position = static_cast<std::size_t>(answer.reply.position);
  }
  return error;
}

// [["name", "member"], …], as host.js writes it. A helper that was taken over can leave names out
// or add some, and nothing else.
std::vector<RootName> root_names(const std::string& text) {
  std::vector<RootName> names;
  const auto parsed = json::parse(text);
  const json::Array* pairs = parsed ? parsed->if_array() : nullptr;
  for (std::size_t i = 0; pairs != nullptr && i < pairs->size(); ++i) {
    const json::Array* pair = (*pairs)[i].if_array();
    if (pair != nullptr && pair->size() == 2 && (*pair)[0].is_string() && (*pair)[1].is_string()) {
      names.push_back({std::string((*pair)[0].get_string()), std::string((*pair)[1].get_string())});
    }
  }
  return names;
}

std::optional<ScriptError> refuse(const ScriptRequest& request, const ScriptLimits& limits) {
  if (request.expression.size() + request.data_json.size() + request.bindings_json.size() >
      limits.input_bytes) {
    return error_of(ScriptError::Kind::size_limit, "the expression and its data are larger than " +
                                                       std::to_string(limits.input_bytes) +
                                                       " bytes");
  }
  // The engine reads texts to their first NUL.
  if (const auto nul = request.expression.find('\0'); nul != std::string_view::npos) {
    ScriptError error = error_of(ScriptError::Kind::syntax, "a NUL character is not allowed");
    error.position = nul;
    return error;
  }
  return std::nullopt;
}

}  // namespace

// The helpers that nobody uses at the moment, and the count of those in use.
struct ScriptHost::State {
  State(std::size_t most, ScriptLimits given_limits, std::string given_executable)
      : places(std::max<std::size_t>(most, 1)),
        limits(given_limits),
        executable(given_executable.empty() ? "/proc/self/exe" : std::move(given_executable)) {}

  // Waits for a place, and takes a helper or starts one; it is ready.
  Result<std::unique_ptr<HelperProcess>> take();
  std::unique_ptr<HelperProcess> take_idle();
  // Gives the place back, and the helper if it is still good.
  void give_back(std::unique_ptr<HelperProcess> helper, bool still_good);
  // Starts one more when the last idle one was just taken: it warms up while that one works, so
  // that nobody waits for a start should that one be lost.
  void keep_a_spare();

  Result<ScriptResult, ScriptError> run(const ScriptRequest& request, bool evaluate);
  Result<ScriptResult, ScriptError> run_in(HelperProcess& helper, const ScriptRequest& request,
                                           bool evaluate, bool& still_good) const;

  const std::size_t places;
  const ScriptLimits limits;
  const std::string executable;

  std::mutex mutex;
  std::condition_variable place_free;
  std::size_t busy = 0;
  bool spare_starting = false;
  std::deque<std::unique_ptr<HelperProcess>> idle;   // used last at the back
  std::vector<std::unique_ptr<HelperProcess>> lost;  // killed; nobody waits while they go
};

std::unique_ptr<HelperProcess> ScriptHost::State::take_idle() {
  const std::lock_guard lock(mutex);
  if (idle.empty()) {
    return nullptr;
  }
  std::unique_ptr<HelperProcess> helper = std::move(idle.back());
  idle.pop_back();
  return helper;
}

Result<std::unique_ptr<HelperProcess>> ScriptHost::State::take() {
  {
    std::unique_lock lock(mutex);
    place_free.wait(lock, [&] { return busy < places; });
    ++busy;
  }
  // An idle one may have died: the kernel takes what it needs when memory runs out.
  while (auto helper = take_idle()) {
    if (helper->is_alive() && helper->await_ready()) {
      return helper;
    }
  }
  auto helper = HelperProcess::start(executable);
  if (helper) {
    if (auto ready = (*helper)->await_ready(); !ready) {
      return std::move(ready).error();
    }
  }
  return helper;
}

void ScriptHost::State::give_back(std::unique_ptr<HelperProcess> helper, bool still_good) {
  if (helper && !still_good) {
    helper->kill();
  }
  {
    const std::lock_guard lock(mutex);
    --busy;
    std::erase_if(lost, [](const auto& one) { return one->is_gone(); });
    if (helper && still_good) {
      idle.push_back(std::move(helper));
    } else if (helper) {
      lost.push_back(std::move(helper));
    }
  }
  place_free.notify_one();
}

void ScriptHost::State::keep_a_spare() {
  {
    const std::lock_guard lock(mutex);
    if (!idle.empty() || spare_starting) {
      return;
    }
    spare_starting = true;
  }
  auto spare = HelperProcess::start(executable);
  const std::lock_guard lock(mutex);
  spare_starting = false;
  if (spare) {
    idle.push_front(*std::move(spare));
  }
}

Result<ScriptResult, ScriptError> ScriptHost::State::run(const ScriptRequest& request,
                                                         bool evaluate) {
  if (auto refused = refuse(request, limits)) {
    return *std::move(refused);
  }
  auto helper = take();
  if (!helper) {
    give_back(nullptr, false);
    return error_of(ScriptError::Kind::unavailable, helper.error().message);
  }
  keep_a_spare();
  bool still_good = true;
  auto result = run_in(**helper, request, evaluate, still_good);
  give_back(*std::move(helper), still_good);
  return result;
}

Result<ScriptResult, ScriptError> ScriptHost::State::run_in(HelperProcess& helper,
                                                            const ScriptRequest& request,
                                                            bool evaluate, bool& still_good) const {
  wire::Request header;
  header.now = request.now;
  header.seed = request.seed;
  header.memory_bytes = limits.memory_bytes;
  header.time_ms = static_cast<std::uint32_t>(limits.time_ms);
  header.output_bytes = static_cast<std::uint32_t>(limits.output_bytes);
  header.expression_size = static_cast<std::uint32_t>(request.expression.size());
  header.data_size = static_cast<std::uint32_t>(request.data_json.size());
  header.bindings_size = static_cast<std::uint32_t>(request.bindings_json.size());
  header.is_javascript = request.language == Language::javascript ? 1 : 0;
  header.evaluate = evaluate ? 1 : 0;
  const auto start = HelperProcess::Clock::now();
  const auto patience = std::chrono::milliseconds(limits.time_ms) * wire::kServerPatience;
  auto answer = helper.exchange(
      header, {request.expression, request.data_json, request.bindings_json}, start + patience);
  if (!answer) {
    still_good = false;
    const bool overran =
        HelperProcess::Clock::now() - start >= std::chrono::milliseconds(limits.time_ms);
    if (answer.error() == HelperProcess::Failure::late) {
      return error_of(ScriptError::Kind::time_limit, "the script engine did not answer within " +
                                                         std::to_string(patience.count()) + " ms");
    }
    if (overran) {
      return time_limit(limits);
    }
    return error_of(ScriptError::Kind::runtime,
                    "the expression ended the script engine (it may be nested too deeply)");
  }
  if (answer->reply.kind != wire::ReplyKind::value) {
    return error_of(*answer, request, limits);
  }
  return ScriptResult{answer->reply.undefined != 0 ? "null" : std::move(answer->text),
                      answer->reply.undefined != 0, answer->reply.truthy != 0};
}

ScriptHost::ScriptHost(std::size_t helpers, ScriptLimits limits, std::string executable)
    : state_(std::make_unique<State>(helpers, limits, std::move(executable))) {}

ScriptHost::~ScriptHost() = default;

Result<ScriptResult, ScriptError> ScriptHost::evaluate(const ScriptRequest& request) {
  return state_->run(request, true);
}

Result<std::vector<RootName>, ScriptError> ScriptHost::check(Language language,
                                                             std::string_view expression) {
  ScriptRequest request;
  request.language = language;
  request.expression = expression;
  auto parsed = state_->run(request, false);
  if (!parsed) {
    return std::move(parsed).error();
  }
  return parsed->undefined ? std::vector<RootName>{} : root_names(parsed->json);
}

}  // namespace tartan::script
