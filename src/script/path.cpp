#include "script/path.h"

#include <algorithm>

#include "script/path_query.h"

namespace tartan::script {
namespace {

using Matches = std::vector<const json::Value*>;

// Finds values. `root` is what "$" means inside filters.
class Walk {
 public:
  explicit Walk(const json::Value& root) : root_(root) {}

  static const json::Value* member(const json::Value& of, std::string_view name) {
    return of.is_object() ? json::find(of.get_object(), name) : nullptr;
  }

  static const json::Value* element(const json::Value& of, std::int64_t index) {
    if (!of.is_array()) {
      return nullptr;
    }
    const json::Array& array = of.get_array();
    const auto size = static_cast<std::int64_t>(array.size());
    const std::int64_t at = index < 0 ? size + index : index;
    return at >= 0 && at < size ? &array[static_cast<std::size_t>(at)] : nullptr;
  }

  static const json::Value* find_one(const std::vector<Segment>& segments,
                                     const json::Value& from) {
    const json::Value* at = &from;
    for (const Segment& segment : segments) {
      const Selector& only = segment.selectors.front();
      const auto* name = std::get_if<NameSelector>(&only);
      at = name != nullptr ? member(*at, name->name)
                           : element(*at, std::get<IndexSelector>(only).index);
      if (at == nullptr) {
        return nullptr;
      }
    }
    return at;
  }

  Matches find(const Query& query, const json::Value& current) {
    Matches now{query.from_root ? &root_ : &current};
    ++visits_;
    for (const Segment& segment : query.segments) {
      Matches next;
      for (const json::Value* value : now) {
        if (segment.descendants) {
          select_below(segment, *value, next, 0);
        } else {
          select(segment, *value, next);
        }
      }
      now = std::move(next);
    }
    return now;
  }

 private:
  void add(Matches& to, const json::Value* value) const {
    if (value != nullptr && to.size() < Path::kMatchesMax) {
      to.push_back(value);
    }
  }

  void select_below(const Segment& segment, const json::Value& value, Matches& to, int depth) {
    constexpr int depth_max = 200;
    select(segment, value, to);
    if (depth >= depth_max || to.size() >= Path::kMatchesMax || is_spent()) {
      return;
    }
    each_child(value,
               [&](const json::Value& child) { select_below(segment, child, to, depth + 1); });
  }

  bool is_spent() const { return visits_ >= Path::kVisitsMax; }

  template <typename Each>
  void each_child(const json::Value& value, Each&& each) {
    const auto visit = [&](const json::Value& child) {
      ++visits_;
      each(child);
    };
    if (value.is_object()) {
      for (auto one = value.get_object().begin(); one != value.get_object().end() && !is_spent();
           ++one) {
        visit(one->value());
      }
    } else if (value.is_array()) {
      for (auto one = value.get_array().begin(); one != value.get_array().end() && !is_spent();
           ++one) {
        visit(*one);
      }
    }
  }

  void select(const Segment& segment, const json::Value& value, Matches& to) {
    for (const Selector& selector : segment.selectors) {
      if (const auto* name = std::get_if<NameSelector>(&selector)) {
        add(to, member(value, name->name));
      } else if (const auto* index = std::get_if<IndexSelector>(&selector)) {
        add(to, element(value, index->index));
      } else if (const auto* slice = std::get_if<SliceSelector>(&selector)) {
        select_slice(*slice, value, to);
      } else if (const auto* filter = std::get_if<FilterSelector>(&selector)) {
        each_child(value, [&](const json::Value& child) {
          if (holds(**filter, child)) {
            add(to, &child);
          }
        });
      } else {
        each_child(value, [&](const json::Value& child) { add(to, &child); });
      }
    }
  }

  // RFC 9535, section 2.3.4.2.2.
  void select_slice(const SliceSelector& slice, const json::Value& value, Matches& to) const {
    if (!value.is_array() || slice.step == 0) {
      return;
    }
    const json::Array& array = value.get_array();
    const auto size = static_cast<std::int64_t>(array.size());
    const auto normal = [&](std::int64_t i) { return i >= 0 ? i : size + i; };
    const bool up = slice.step > 0;
    const std::int64_t start = normal(slice.start.value_or(up ? 0 : size - 1));
    const std::int64_t end = slice.end ? normal(*slice.end) : (up ? size : -1);
    const auto at = [&](std::int64_t i) { add(to, &array[static_cast<std::size_t>(i)]); };
    if (up) {
      for (std::int64_t i = std::clamp<std::int64_t>(start, 0, size);
           i < std::clamp<std::int64_t>(end, 0, size); i += slice.step) {
        at(i);
      }
    } else {
      for (std::int64_t i = std::clamp<std::int64_t>(start, -1, size - 1);
           i > std::clamp<std::int64_t>(end, -1, size - 1); i += slice.step) {
        at(i);
      }
    }
  }

  bool holds(const Filter& filter, const json::Value& current) {
    switch (filter.kind) {
      case Filter::Kind::negation:
        return !holds(*filter.parts.front(), current);
      case Filter::Kind::all_of:
        for (const auto& part : filter.parts) {
          if (!holds(*part, current)) {
            return false;
          }
        }
        return true;
      case Filter::Kind::any_of:
        for (const auto& part : filter.parts) {
          if (holds(*part, current)) {
            return true;
          }
        }
        return false;
      case Filter::Kind::test:
        break;
    }
    if (filter.comparison == Comparison::exists) {
      const auto* query = std::get_if<Query>(&*filter.left);
      return query != nullptr && !find(*query, current).empty();
    }
    const Found left = value_of(*filter.left, current);
    const Found right = value_of(*filter.right, current);
    return compare(filter.comparison, left.get(), right.get());
  }

  // The value of an operand: one of the document or the path, or one that was computed. Nothing
  // stands for an absent one.
  struct Found {
    const json::Value* there = nullptr;
    std::optional<json::Value> made;

    const json::Value* get() const { return made ? &*made : there; }
  };

  Found value_of(const Operand& operand, const json::Value& current) {
    if (const auto* literal = std::get_if<Literal>(&operand)) {
      return {&literal->value, std::nullopt};
    }
    if (const auto* query = std::get_if<Query>(&operand)) {
      const Matches found = find(*query, current);
      return {found.size() == 1 ? found.front() : nullptr, std::nullopt};
    }
    const Function& function = std::get<Function>(operand);
    const Matches found = find(function.argument, current);
    if (function.name == FunctionName::count) {
      return {nullptr, json::Value(static_cast<std::int64_t>(found.size()))};
    }
    return {nullptr, found.size() == 1 ? length(*found.front()) : std::nullopt};
  }

  static std::optional<json::Value> length(const json::Value& of) {
    if (of.is_string()) {
      std::int64_t characters = 0;
      for (const char c : of.get_string()) {
        characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
      }
      return json::Value(characters);
    }
    if (of.is_array()) {
      return json::Value(static_cast<std::int64_t>(of.get_array().size()));
    }
    if (of.is_object()) {
      return json::Value(static_cast<std::int64_t>(of.get_object().size()));
    }
    return std::nullopt;
  }

  static bool less(const json::Value& a, const json::Value& b) {
    if (a.is_number() && b.is_number()) {
      return a.to_number<double>() < b.to_number<double>();
    }
    return a.is_string() && b.is_string() && a.get_string() < b.get_string();
  }

  // Numbers are equal by value, wherever they stand: 1 and 1.0 are.
  static bool equal(const json::Value& a, const json::Value& b) {
    if (a.is_number() && b.is_number()) {
      return a.to_number<double>() == b.to_number<double>();
    }
    if (a.is_array() && b.is_array()) {
      const json::Array& left = a.get_array();
      const json::Array& right = b.get_array();
      return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                        [](const auto& one, const auto& other) { return equal(one, other); });
    }
    if (a.is_object() && b.is_object()) {
      const json::Object& left = a.get_object();
      const json::Object& right = b.get_object();
      return left.size() == right.size() &&
             std::all_of(left.begin(), left.end(), [&](const auto& one) {
               const json::Value* other = json::find(right, one.key());
               return other != nullptr && equal(one.value(), *other);
             });
    }
    return a == b;
  }

  static bool compare(Comparison how, const json::Value* a, const json::Value* b) {
    const bool both = a != nullptr && b != nullptr;
    const auto same = [&] { return both ? equal(*a, *b) : a == b; };
    switch (how) {
      case Comparison::eq:
        return same();
      case Comparison::ne:
        return !same();
      case Comparison::lt:
        return both && less(*a, *b);
      case Comparison::gt:
        return both && less(*b, *a);
      case Comparison::le:
        return (both && less(*a, *b)) || same();
      case Comparison::ge:
        return (both && less(*b, *a)) || same();
      case Comparison::exists:
        break;
    }
    return false;
  }

  std::size_t visits_ = 0;
  const json::Value& root_;
};

}  // namespace

struct Path::Program {
  Query query;
  bool singular = false;
};

Path::Path(std::unique_ptr<Program> program) : program_(std::move(program)) {}
Path::Path(Path&&) noexcept = default;
Path& Path::operator=(Path&&) noexcept = default;
Path::~Path() = default;

Result<Path, ExpressionError> Path::compile(std::string_view text) {
  auto segments = parse_path(text);
  if (!segments) {
    return std::move(segments).error();
  }
  auto program = std::make_unique<Program>();
  program->query.segments = *std::move(segments);
  program->singular = script::is_singular(program->query.segments);
  return Path(std::move(program));
}

bool Path::is_singular() const { return program_->singular; }

const json::Value* Path::find(const json::Value& document) const {
  return Walk::find_one(program_->query.segments, document);
}

std::vector<const json::Value*> Path::find_all(const json::Value& document) const {
  return Walk(document).find(program_->query, document);
}

namespace {
std::string_view name_at(const std::vector<Segment>& segments, std::size_t index) {
  if (index >= segments.size() || segments[index].descendants ||
      segments[index].selectors.size() != 1) {
    return {};
  }
  const auto* name = std::get_if<NameSelector>(&segments[index].selectors.front());
  return name != nullptr ? std::string_view(name->name) : std::string_view{};
}
}  // namespace

std::string_view Path::root() const { return name_at(program_->query.segments, 0); }

std::string_view Path::second() const { return name_at(program_->query.segments, 1); }

}  // namespace tartan::script
