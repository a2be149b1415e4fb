// Structured log lines on standard error: JSON or for the console. Callers pass ids, never secrets,
// tokens, names or account numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace tartan {

enum class LogLevel { debug, info, warn, error, off };
enum class LogFormat { console, json };

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

class Log {
 public:
  Log(LogLevel level, LogFormat format);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool enabled(LogLevel level) const { return level >= level_ && level != LogLevel::off; }
  // Any thread. Lines of level info are written within a second; warnings at once.
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
  void flush();
  // `waits` is called when lines begin to wait for a flush, on the thread that writes the first;
  // it must be quick and not log. Before the first line.
  void when_lines_wait(std::function<void()> waits);

 private:
  struct Sink;
  const LogLevel level_;
  const LogFormat format_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace tartan
