#include "examples/demo/database.h"

#include "examples/demo/settings.h"

namespace piprio {

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.script("ROLLBACK");
  } catch (const DatabaseError&) {  // the connection is gone, and the transaction with it
  }
}

void Transaction::commit() {
  database_.script("COMMIT");
  open_ = false;
}

std::unique_ptr<Database> open_database(const Settings& settings, bool create) {
  const std::string& url = settings.database_url;
  if (url.starts_with("sqlite:")) return open_sqlite(url.substr(7), create);
  if (url.starts_with("postgres://") || url.starts_with("postgresql://")) return open_postgres(url);
  throw std::runtime_error(url.empty() ? "DATABASE_URL is not set; give sqlite:PATH or postgres://…"
                                       : "DATABASE_URL must begin with sqlite: or postgres://");
}

}  // namespace piprio
