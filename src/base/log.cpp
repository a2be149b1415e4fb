#include "base/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <charconv>
#include <mutex>

#include "base/clock.h"

namespace tartan {
namespace {

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
    case LogLevel::off:
      break;
  }
  return "error";
}

// JSON text of a string; control characters, which could forge lines, are replaced.
void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else {
      out.push_back(static_cast<unsigned char>(c) < 0x20 ? '?' : c);
    }
  }
  out.push_back('"');
}

void append_value(std::string& out, const LogField& field, bool quote) {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    char text[24];
    out.append(text, std::to_chars(text, text + sizeof text, *number).ptr);
  } else if (quote) {
    append_quoted(out, std::get<std::string_view>(field.value));
  } else {
    for (const char c : std::get<std::string_view>(field.value)) {
      out.push_back(static_cast<unsigned char>(c) < 0x20 ? '?' : c);
    }
  }
}

std::string json_line(LogLevel level, std::string_view message,
                      std::initializer_list<LogField> fields) {
  std::string line = R"({"time":")" + format_utc(SystemClock().now()) + R"(","level":")";
  line.append(name_of(level)).append(R"(","message":)");
  append_quoted(line, message);
  for (const LogField& field : fields) {
    line.append(",\"").append(field.name).append("\":");
    append_value(line, field, true);
  }
  line.push_back('}');
  return line;
}

std::string console_line(LogLevel level, std::string_view message,
                         std::initializer_list<LogField> fields) {
  std::string line = format_utc(SystemClock().now()) + " ";
  line.append(name_of(level)).append(" ").append(message);
  for (const LogField& field : fields) {
    line.append(" ").append(field.name).append("=");
    append_value(line, field, false);
  }
  return line;
}

}  // namespace

namespace {

// Standard error, written in blocks: a line of its own system call each would cost more than the
// request it tells of.
class BlockSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::function<void()> waits;  // told when the block begins to fill

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (block_.empty() && waits) {
      waits();
    }
    block_.append(message.payload.data(), message.payload.size());
    block_.push_back('\n');
    if (block_.size() >= kBlockBytes) {
      flush_();
    }
  }
  void flush_() override {
    std::string_view left = block_;
    while (!left.empty()) {
      const ssize_t written = ::write(STDERR_FILENO, left.data(), left.size());
      if (written <= 0) {
        break;  // nobody reads: a log must not stop the server
      }
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    block_.clear();
  }

 private:
  static constexpr std::size_t kBlockBytes = 32 * 1024;
  std::string block_;
};

}  // namespace

struct Log::Sink {
  Sink() : block(std::make_shared<BlockSink>()), logger("tartan", block) {
    logger.set_level(spdlog::level::trace);
    logger.flush_on(spdlog::level::warn);
  }
  std::shared_ptr<BlockSink> block;
  spdlog::logger logger;
};

Log::Log(LogLevel level, LogFormat format)
    : level_(level), format_(format), sink_(std::make_unique<Sink>()) {}

Log::~Log() { flush(); }

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!enabled(level)) {
    return;
  }
  const std::string line = format_ == LogFormat::json ? json_line(level, message, fields)
                                                      : console_line(level, message, fields);
  sink_->logger.log(level >= LogLevel::warn ? spdlog::level::warn : spdlog::level::info,
                    spdlog::string_view_t(line.data(), line.size()));
}

void Log::when_lines_wait(std::function<void()> waits) { sink_->block->waits = std::move(waits); }

void Log::flush() { sink_->logger.flush(); }

}  // namespace tartan
