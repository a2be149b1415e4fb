#include "http/client/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/check.h"
#include "http/client/transfer.h"

namespace tartan::http {
namespace {

constexpr int kPollMs = 60'000;        // a wake-up or a deadline ends it
constexpr std::size_t kSpareMax = 64;  // easy handles kept for the next request

struct Incoming {
  OutboundRequest request;
  Sender::Done done;
};

struct CloseMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

CurlList to_list(const std::vector<std::string>& lines) {
  CurlList list;
  for (const std::string& line : lines) {
    list.reset(curl_slist_append(list.release(), line.c_str()));
  }
  return list;
}

// The thread handles no signals: a broken pipe is an error of its call, the rest is main's.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

// A transfer waits for a place among those to its origin, then for one among all, then runs; each
// hop anew, so that nobody who holds a place waits for another.
struct Client::State {
  State(const EgressPolicy& policy, ClientOptions given)
      : options(std::move(given)),
        settings{policy, deadlines, to_list(options.resolve), options.authorities} {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi.reset(curl_multi_init());
    check(multi != nullptr, "libcurl has a multi handle");
    curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options.parallel_max));
  }
  ~State() {
    for (CURL* handle : spare) {
      curl_easy_cleanup(handle);
    }
  }

  // Any thread.
  bool push(Incoming& one);
  void request_stop();

  // The client's thread.
  void run();
  bool take_incoming();
  void admit(Transfer& transfer);
  void start_ready();
  void give_place_back(const std::string& origin);
  void finish_completed();
  void end_expired();
  void end_all();
  void hop_ended(Transfer& transfer, CURLcode code);
  void leave(Transfer& transfer);
  void end(Transfer& transfer, Outcome outcome);
  CURL* take_handle();
  void keep_handle(CURL* handle);

  struct Origin {
    std::size_t places_taken = 0;
    std::deque<Transfer*> waiting;
  };

  const ClientOptions options;
  std::unique_ptr<CURLM, CloseMulti> multi;
  Deadlines deadlines;
  TransferSettings settings;
  std::unordered_map<Transfer*, std::unique_ptr<Transfer>> transfers;
  std::unordered_map<std::string, Origin> origins;
  std::deque<Transfer*> ready;  // with a place at their origin
  std::size_t running = 0;
  std::vector<CURL*> spare;

  std::mutex mutex;
  std::vector<Incoming> incoming;  // guarded by mutex
  bool stopping = false;           // guarded by mutex
  std::mutex joining;
  std::thread thread;
};

bool Client::State::push(Incoming& one) {
  bool first = false;
  {
    const std::lock_guard lock(mutex);
    if (stopping) {
      return false;
    }
    first = incoming.empty();
    incoming.push_back(std::move(one));
  }
  if (first) {
    curl_multi_wakeup(multi.get());
  }
  return true;
}

void Client::State::request_stop() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  curl_multi_wakeup(multi.get());
}

void Client::State::run() {
  block_signals();
  while (take_incoming()) {
    start_ready();
    int unfinished = 0;
    curl_multi_perform(multi.get(), &unfinished);
    finish_completed();
    end_expired();
    if (ready.empty() || running >= options.parallel_max) {
      curl_multi_poll(multi.get(), nullptr, 0, deadlines.wait_ms(kPollMs), nullptr);
    }
  }
  end_all();
}

// False when the client stops.
bool Client::State::take_incoming() {
  std::vector<Incoming> taken;
  bool stop = false;
  {
    const std::lock_guard lock(mutex);
    taken.swap(incoming);
    stop = stopping;
  }
  for (Incoming& one : taken) {
    auto owned = std::make_unique<Transfer>(std::move(one.request), std::move(one.done), settings);
    Transfer& transfer = *owned;
    transfers.emplace(&transfer, std::move(owned));
    if (stop) {
      continue;
    }
    if (auto trouble = transfer.check()) {
      end(transfer, *std::move(trouble));
    } else {
      admit(transfer);
    }
  }
  return !stop;
}

void Client::State::admit(Transfer& transfer) {
  transfer.wait();
  Origin& origin = origins[transfer.origin()];
  if (origin.places_taken < options.parallel_per_origin_max) {
    ++origin.places_taken;
    ready.push_back(&transfer);
  } else {
    origin.waiting.push_back(&transfer);
  }
}

void Client::State::start_ready() {
  while (!ready.empty() && running < options.parallel_max) {
    Transfer& transfer = *ready.front();
    ready.pop_front();
    CURL* handle = take_handle();
    transfer.start(handle);
    ++running;
    curl_multi_add_handle(multi.get(), handle);
  }
}

void Client::State::give_place_back(const std::string& name) {
  const auto found = origins.find(name);
  Origin& origin = found->second;
  if (!origin.waiting.empty()) {
    ready.push_back(origin.waiting.front());
    origin.waiting.pop_front();
  } else if (--origin.places_taken == 0) {
    origins.erase(found);
  }
}

void Client::State::finish_completed() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    const CURLcode code = message->data.result;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    hop_ended(*transfer, code);
  }
}

void Client::State::hop_ended(Transfer& transfer, CURLcode code) {
  const std::string origin = transfer.origin();
  CURL* handle = transfer.handle();
  curl_multi_remove_handle(multi.get(), handle);
  --running;
  std::optional<Outcome> outcome = transfer.hop_ended(code);
  keep_handle(handle);
  give_place_back(origin);
  if (outcome) {
    end(transfer, *std::move(outcome));
  } else {
    admit(transfer);
  }
}

// Takes the transfer out of wherever it stands.
void Client::State::leave(Transfer& transfer) {
  const std::string name = transfer.origin();
  if (transfer.state() == Transfer::State::running) {
    curl_multi_remove_handle(multi.get(), transfer.handle());
    keep_handle(transfer.handle());
    --running;
    give_place_back(name);
    return;
  }
  if (const auto at = std::find(ready.begin(), ready.end(), &transfer); at != ready.end()) {
    ready.erase(at);
    give_place_back(name);
    return;
  }
  std::erase(origins[name].waiting, &transfer);
}

void Client::State::end_expired() {
  while (Transfer* transfer = deadlines.expired(Deadlines::Clock::now())) {
    OutboundError error = transfer->timed_out();
    leave(*transfer);
    end(*transfer, std::move(error));
  }
}

void Client::State::end(Transfer& transfer, Outcome outcome) {
  // Gone from the books before `done`, which may send the next request at once.
  const auto owned = transfers.extract(&transfer);
  transfer.answer(std::move(outcome));
}

void Client::State::end_all() {
  while (!transfers.empty()) {
    Transfer& transfer = *transfers.begin()->first;
    if (transfer.handle() != nullptr) {
      curl_multi_remove_handle(multi.get(), transfer.handle());
      keep_handle(transfer.handle());
    }
    end(transfer, transfer.cancelled());
  }
}

CURL* Client::State::take_handle() {
  if (spare.empty()) {
    CURL* handle = curl_easy_init();
    check(handle != nullptr, "libcurl has an easy handle");
    return handle;
  }
  CURL* handle = spare.back();
  spare.pop_back();
  return handle;
}

void Client::State::keep_handle(CURL* handle) {
  curl_easy_reset(handle);  // it points into the transfer, which ends
  if (spare.size() < kSpareMax) {
    spare.push_back(handle);
  } else {
    curl_easy_cleanup(handle);
  }
}

Client::Client(const EgressPolicy& policy, ClientOptions options)
    : state_(std::make_unique<State>(policy, std::move(options))) {
  state_->thread = std::thread([this] { state_->run(); });
}

Client::~Client() { stop(); }

void Client::send(OutboundRequest request, Done done) {
  Incoming one{std::move(request), std::move(done)};
  if (!state_->push(one)) {
    OutboundError error;
    error.kind = OutboundError::Kind::cancelled;
    error.message = "The request was not sent because the server is stopping.";
    error.hint = "Send it again after the restart.";
    one.done(std::move(error));
  }
}

void Client::stop() {
  state_->request_stop();
  const std::lock_guard lock(state_->joining);
  if (state_->thread.joinable()) {
    state_->thread.join();
  }
}

}  // namespace tartan::http
