#include "script/engine/quickjs.h"

#include <sys/mman.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include "script/engine/engine_sources.h"

namespace tartan::script {
namespace {

constexpr std::uint32_t kInitialPages = 256;  // what the module declares
constexpr std::uint32_t kEngineStack = 256 * 1024;
// Of the linear memory, not for JavaScript values: the engine's static data and stack.
constexpr std::size_t kReserved = 8UL * 1024 * 1024;

constexpr std::size_t kSystemPage = 4096;
// Dropping a page and having it back costs as much as copying several.
constexpr std::size_t kGapMin = 16;

bool is_zero(const std::uint8_t* page) {
  return page[0] == 0 && std::memcmp(page, page + 1, kSystemPage - 1) == 0;
}

std::string_view view(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

QuickJs::QuickJs() {
  imports_.pages_max = kInitialPages * 4;
  imports_.reserve(kInitialPages);
  quickjs_init_module();
  quickjs_instantiate(&instance_, &imports_);
  quickjs_initialize(&instance_);
  runtime_ = quickjs_QTS_NewRuntime(&instance_);
  quickjs_QTS_RuntimeSetMaxStackSize(&instance_, runtime_, kEngineStack);
  context_ = quickjs_QTS_NewContext(&instance_, runtime_, 0);
  quickjs_QTS_RuntimeEnableInterruptHandler(&instance_, runtime_);
  undefined_ = quickjs_QTS_GetUndefined(&instance_);
  std::string source(kHostSource);
  source.append("((function(module,exports,window){").append(kJsonataSource);
  source.append("\nreturn module.exports}))");
  run_ = load(source);
  take_image();
  warm_up();
}

QuickJs::Pointer QuickJs::copy_in(std::string_view text) {
  const Pointer address = quickjs_malloc(&instance_, static_cast<std::uint32_t>(text.size()) + 1);
  const auto bytes = imports_.at(address, text.size() + 1);
  std::copy(text.begin(), text.end(), bytes.begin());
  bytes.back() = 0;
  return address;
}

QuickJs::Pointer QuickJs::load(std::string_view source) {
  const Pointer code = copy_in(source);
  const Pointer name = copy_in("host");
  const Pointer value = quickjs_QTS_Eval(&instance_, context_, code,
                                         static_cast<std::uint32_t>(source.size()), name, 0, 0);
  if (quickjs_QTS_ResolveException(&instance_, context_, value) != 0) {
    trap();
  }
  return value;
}

void QuickJs::take_image() {
  instance_image_ = instance_;
  image_pages_ = imports_.memory.pages;
  const std::size_t pages = imports_.memory.size / kSystemPage;
  std::vector<bool> used(pages);
  for (std::size_t i = 0; i < pages; ++i) {
    used[i] = !is_zero(imports_.memory.data + i * kSystemPage);
  }
  add_stretches(used);
}

void QuickJs::add_stretches(const std::vector<bool>& wanted) {
  stretches_.clear();
  image_.clear();
  for (std::size_t page = 0; page < wanted.size(); ++page) {
    if (!wanted[page]) {
      continue;
    }
    const std::size_t begin = page * kSystemPage;
    if (stretches_.empty() || begin - stretches_.back().end > kGapMin * kSystemPage) {
      stretches_.push_back({begin, begin, 0});
    }
    stretches_.back().end = begin + kSystemPage;
  }
  for (Stretch& stretch : stretches_) {
    stretch.at = image_.size();
    image_.insert(image_.end(), imports_.memory.data + stretch.begin,
                  imports_.memory.data + stretch.end);
  }
}

// Runs ordinary expressions and adds the pages that they touched to those that are copied: to clear
// a page is cheaper than to drop it and fault it in again.
void QuickJs::warm_up() {
  const Limits limits{ProcessorClock::time_point::max(), std::size_t{64} << 20};
  std::vector<bool> touched(imports_.memory.size / kSystemPage);
  const std::pair<Language, std::string_view> samples[] = {
      {Language::jsonata, "$sum(items.price) & $string(items[price > 1].{'a': $uppercase(name)})"},
      {Language::javascript, "$.items.filter(i => i.price > 1).map(i => i.name).join() !== ''"}};
  std::string data = R"({"items":[{"name":"first","price":1},{"name":"second","price":2})";
  for (int i = 0; i < 60; ++i) {
    data += R"(,{"id":"10000","name":"item","price":12.5,"tags":["a","b"],"open":true})";
  }
  data += "]}";
  for (const auto& [language, expression] : samples) {
    Call call;
    call.language = language;
    const auto give = [&](std::string_view text) {
      const Text room = allocate(text.size(), limits);
      std::copy(text.begin(), text.end(), room.bytes.begin());
      return room;
    };
    call.expression = give(expression);
    call.data = give(data);
    call.bindings = give("{}");
    if (run(call, limits).kind != Answer::Kind::value) {
      trap();
    }
    for (std::size_t i = 0; i < touched.size(); ++i) {
      touched[i] = touched[i] || !is_zero(imports_.memory.data + i * kSystemPage);
    }
    restore();
  }
  add_stretches(touched);
}

void QuickJs::restore() {
  if (imports_.memory.pages > image_pages_) {
    imports_.resize(image_pages_);
  }
  std::uint8_t* memory = imports_.memory.data;
  std::size_t end = 0;
  const auto drop = [&](std::size_t from, std::size_t to) {
    if (to > from) {
      ::madvise(memory + from, to - from, MADV_DONTNEED);
    }
  };
  for (const Stretch& stretch : stretches_) {
    drop(end, stretch.begin);
    std::memcpy(memory + stretch.begin, image_.data() + stretch.at, stretch.end - stretch.begin);
    end = stretch.end;
  }
  drop(end, imports_.memory.size);
  instance_ = instance_image_;
}

QuickJs::Text QuickJs::allocate(std::size_t size, const Limits& limits) {
  imports_.pages_max = static_cast<std::uint32_t>(limits.memory_bytes / kWasmPage);
  const Pointer address = quickjs_malloc(&instance_, static_cast<std::uint32_t>(size) + 1);
  if (address == 0) {
    return {};
  }
  const auto bytes = imports_.at(address, size + 1);
  bytes.back() = 0;
  return {address, bytes.first(size)};
}

QuickJs::Pointer QuickJs::new_string(const Text& text) {
  return quickjs_QTS_NewString(&instance_, context_, text.address);
}

std::string_view QuickJs::string_at(Pointer text) const {
  const auto rest = imports_.at(text, imports_.memory.size - std::min(text, imports_.memory.size));
  const auto end = std::find(rest.begin(), rest.end(), std::uint8_t{0});
  return view(rest.first(static_cast<std::size_t>(end - rest.begin())));
}

QuickJs::Answer QuickJs::run(const Call& call, const Limits& limits) {
  imports_.pages_max = static_cast<std::uint32_t>(limits.memory_bytes / kWasmPage);
  imports_.deadline = limits.deadline;
  imports_.now_ms = call.now;
  imports_.interrupted = false;
  imports_.growth_refused = false;
  quickjs_QTS_RuntimeSetMemoryLimit(
      &instance_, runtime_,
      static_cast<std::uint32_t>(limits.memory_bytes - std::min(kReserved, limits.memory_bytes)));
  const auto number = [this](double value) {
    return quickjs_QTS_NewFloat64(&instance_, context_, value);
  };
  const Pointer arguments[] = {
      number(call.language == Language::javascript ? 1 : 0),
      number(call.evaluate ? 1 : 0),
      new_string(call.expression),
      new_string(call.data),
      new_string(call.bindings),
      number(static_cast<std::uint32_t>(call.seed >> 32)),
      number(static_cast<std::uint32_t>(call.seed)),
  };
  const Pointer list = quickjs_malloc(&instance_, sizeof(arguments));
  if (list == 0) {
    return {Answer::Kind::memory_limit, false, false, {}, {}, -1};
  }
  std::memcpy(imports_.at(list, sizeof(arguments)).data(), arguments, sizeof(arguments));
  const Pointer value = quickjs_QTS_Call(&instance_, context_, run_, undefined_,
                                         static_cast<std::uint32_t>(std::size(arguments)), list);
  const Pointer error = quickjs_QTS_ResolveException(&instance_, context_, value);
  if (imports_.interrupted) {
    return {Answer::Kind::time_limit, false, false, {}, {}, -1};
  }
  if (error != 0) {
    return read_failure(error);
  }
  const Pointer text = quickjs_QTS_GetString(&instance_, context_, value);
  if (text == 0) {
    return {Answer::Kind::memory_limit, false, false, {}, {}, -1};
  }
  return read_answer(string_at(text));
}

// An exception that host.js did not catch: memory ran out where it would have been put into words,
// or the stack did.
QuickJs::Answer QuickJs::read_failure(Pointer error) {
  const Pointer text = quickjs_QTS_GetString(&instance_, context_, error);
  const std::string_view message = text != 0 ? string_at(text) : std::string_view();
  if (imports_.growth_refused || message.empty() ||
      message.find("out of memory") != std::string_view::npos) {
    return {Answer::Kind::memory_limit, false, false, {}, {}, -1};
  }
  return {Answer::Kind::runtime, false, false, message.substr(0, 1000), {}, -1};
}

QuickJs::Answer QuickJs::read_answer(std::string_view text) const {
  Answer answer;
  const char kind = text.empty() ? 'r' : text.front();
  const std::string_view rest = text.substr(std::min<std::size_t>(text.size(), 1));
  if (kind == 'v' || kind == 't' || kind == 'u' || kind == 'f') {
    answer.kind = Answer::Kind::value;
    answer.truthy = kind == 't' || kind == 'f';
    answer.undefined = kind == 'u' || kind == 'f';
    answer.text = rest;
    return answer;
  }
  answer.kind = kind == 's'   ? Answer::Kind::syntax
                : kind == 'm' ? Answer::Kind::memory_limit
                              : Answer::Kind::runtime;
  const std::size_t first = rest.find('\n');
  const std::size_t second = first == std::string_view::npos ? first : rest.find('\n', first + 1);
  if (second == std::string_view::npos) {
    return answer;
  }
  if (first > 0) {
    std::from_chars(rest.data(), rest.data() + first, answer.position);
  }
  answer.code = rest.substr(first + 1, second - first - 1);
  answer.text = rest.substr(second + 1);
  // Where not even the error could be made, the engine throws null.
  constexpr std::uint64_t nearly_full = 48UL * 1024 * 1024;
  if (answer.kind == Answer::Kind::runtime && answer.text == "null" &&
      (imports_.growth_refused || imports_.memory.size >= nearly_full)) {
    return {Answer::Kind::memory_limit, false, false, {}, {}, -1};
  }
  return answer;
}

}  // namespace tartan::script
