#include "executor/instructions/http.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>

#include <memory>

namespace pawl::executor {
namespace {

constexpr std::size_t kBodyBytes = 16u << 20;

/// The functions of libcurl that are used, found at run time.
struct Curl {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) init = nullptr;
  CURLcode (*set)(CURL*, CURLoption, ...) = nullptr;
  decltype(&::curl_easy_perform) perform = nullptr;
  CURLcode (*info)(CURL*, CURLINFO, ...) = nullptr;
  decltype(&::curl_easy_cleanup) cleanup = nullptr;
  decltype(&::curl_easy_strerror) describe = nullptr;
  decltype(&::curl_slist_append) append = nullptr;
  decltype(&::curl_slist_free_all) free_list = nullptr;
};

template <class Function>
bool find(void* library, const char* name, Function& into) {
  into = reinterpret_cast<Function>(::dlsym(library, name));
  return into != nullptr;
}

std::unique_ptr<Curl> load() {
  void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  auto curl = std::make_unique<Curl>();
  const bool whole =
      library && find(library, "curl_global_init", curl->global_init) &&
      find(library, "curl_easy_init", curl->init) && find(library, "curl_easy_setopt", curl->set) &&
      find(library, "curl_easy_perform", curl->perform) && find(library, "curl_easy_getinfo", curl->info) &&
      find(library, "curl_easy_cleanup", curl->cleanup) &&
      find(library, "curl_easy_strerror", curl->describe) &&
      find(library, "curl_slist_append", curl->append) &&
      find(library, "curl_slist_free_all", curl->free_list);
  if (!whole || curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return nullptr;
  return curl;
}

const Curl* library() {
  static const std::unique_ptr<Curl> curl = load();
  return curl.get();
}

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (body.size() + size * count > kBodyBytes) return 0;
  body.append(bytes, size * count);
  return size * count;
}

int check_stop(void* token, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::stop_token*>(token)->stop_requested() ? 1 : 0;
}

class Transfer {
 public:
  explicit Transfer(const Curl& curl) : curl_(curl), handle_(curl.init()) {}
  ~Transfer() {
    curl_.cleanup(handle_);
    curl_.free_list(headers_);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  HttpReply run(const HttpRequest& request, const std::stop_token& stop) {
    HttpReply reply;
    if (!handle_) return {0, "", "out of memory"};
    set_up(request, stop, reply.body);
    const CURLcode code = curl_.perform(handle_);
    if (code != CURLE_OK) {
      reply.error = detail_[0] ? std::string(detail_) : std::string(curl_.describe(code));
      return reply;
    }
    long status = 0;
    curl_.info(handle_, CURLINFO_RESPONSE_CODE, &status);
    reply.status = static_cast<int>(status);
    return reply;
  }

 private:
  void set_up(const HttpRequest& request, const std::stop_token& stop, std::string& body) {
    curl_.set(handle_, CURLOPT_URL, request.url.c_str());
    curl_.set(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_.set(handle_, CURLOPT_NOSIGNAL, 1L);
    curl_.set(handle_, CURLOPT_FORBID_REUSE, 1L);
    curl_.set(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_.set(handle_, CURLOPT_ERRORBUFFER, detail_);
    curl_.set(handle_, CURLOPT_WRITEFUNCTION, take);
    curl_.set(handle_, CURLOPT_WRITEDATA, &body);
    curl_.set(handle_, CURLOPT_NOPROGRESS, 0L);
    curl_.set(handle_, CURLOPT_XFERINFOFUNCTION, check_stop);
    curl_.set(handle_, CURLOPT_XFERINFODATA, &stop);
    curl_.set(handle_, CURLOPT_USERAGENT, "pawl");
    if (!request.use_proxy) curl_.set(handle_, CURLOPT_PROXY, "");
    for (const std::string& header : request.headers) headers_ = curl_.append(headers_, header.c_str());
    if (request.post) {
      curl_.set(handle_, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.post->size()));
      curl_.set(handle_, CURLOPT_POSTFIELDS, request.post->c_str());
    }
    curl_.set(handle_, CURLOPT_HTTPHEADER, headers_);
  }

  const Curl& curl_;
  CURL* handle_;
  curl_slist* headers_ = nullptr;
  char detail_[CURL_ERROR_SIZE] = {};
};

}  // namespace

HttpReply http(const HttpRequest& request, const std::stop_token& stop) {
  const Curl* curl = library();
  if (!curl) return {0, "", "libcurl.so.4 cannot be loaded (Debian package libcurl4)"};
  return Transfer(*curl).run(request, stop);
}

}  // namespace pawl::executor
