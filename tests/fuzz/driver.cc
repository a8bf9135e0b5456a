// Runs a fuzz target without libFuzzer: mutates the files of a corpus with a seeded generator for some
// seconds. usage: NAME_fuzz SECONDS SEED FOLDER…      NAME_fuzz FILE… runs those files once.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void run(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

class Mutator {
 public:
  Mutator(std::vector<std::string> corpus, std::uint64_t seed) : corpus_(std::move(corpus)), random_(seed) {}

  std::string next() {
    std::string text = corpus_[below(corpus_.size())];
    for (std::size_t i = 1 + below(4); i > 0; --i) mutate(text);
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(random_() % n); }

  void mutate(std::string& text) {
    static const std::vector<std::string> kPieces = {"{",
                                                     "}",
                                                     "(",
                                                     ")",
                                                     "[",
                                                     "]",
                                                     "\"",
                                                     "${",
                                                     "}\"",
                                                     "<<A\n",
                                                     "\nA\n",
                                                     "=",
                                                     ",",
                                                     "\n",
                                                     "#",
                                                     "\\",
                                                     "!",
                                                     "&&",
                                                     "==",
                                                     "\r",
                                                     "\xEF\xBB\xBF",
                                                     "\xff",
                                                     "é",
                                                     "1h30m",
                                                     "100GB",
                                                     "v1.",
                                                     "-1",
                                                     "var.",
                                                     "include \"",
                                                     "env {",
                                                     " when = ",
                                                     "secret(\"env:A\")",
                                                     "service.",
                                                     "release 1.0 {",
                                                     "\t",
                                                     std::string(1, '\0')};
    const std::size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        text.insert(at, kPieces[below(kPieces.size())]);
        break;
      case 1:
        text.erase(at, 1 + below(12));
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 3:
        text.insert(at, text.substr(below(text.size() + 1), below(60)));
        break;
      case 4: {
        const std::string& other = corpus_[below(corpus_.size())];
        text.insert(at, other.substr(below(other.size() + 1), below(200)));
        break;
      }
      default:
        text.erase(at, below(text.size() + 1));
        break;
    }
  }

  std::vector<std::string> corpus_;
  std::mt19937_64 random_;
};

std::vector<std::string> read_corpus(int count, char** folders) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folders[i])) {
      const std::string kind = entry.path().extension().string();
      if (kind == ".pawl" || kind == ".json" || kind == ".env") out.push_back(read_file(entry.path()));
    }
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  if (std::filesystem::is_regular_file(argv[1])) {
    for (int i = 1; i < argc; ++i) run(read_file(argv[i]));
    return 0;
  }
  if (argc < 4) return 2;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(std::atof(argv[1]));
  const std::vector<std::string> corpus = read_corpus(argc - 3, argv + 3);
  if (corpus.empty()) return 2;
  Mutator mutator(corpus, std::strtoull(argv[2], nullptr, 10));
  std::size_t runs = 0;
  // The input that is being tried, for whoever finds a crash.
  const std::filesystem::path last =
      std::filesystem::temp_directory_path() / (std::filesystem::path(argv[0]).filename().string() + "-last");
  for (; std::chrono::steady_clock::now() < end; ++runs) {
    const std::string text = mutator.next();
    std::ofstream(last, std::ios::binary) << text;
    run(text);
  }
  std::filesystem::remove(last);
  std::cout << runs << " inputs\n";
  return runs > 0 ? 0 : 1;
}
