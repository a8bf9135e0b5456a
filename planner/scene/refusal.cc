#include "planner/scene/refusal.h"

namespace pawl::planner {

tl::unexpected<Refusal> refuse(lang::Error error) {
  Refusal refusal;
  refusal.reasons.push_back(std::move(error));
  return tl::unexpected<Refusal>(std::move(refusal));
}

tl::unexpected<Refusal> refuse(std::string what, std::string fix) {
  return refuse(lang::Error{std::move(what), std::move(fix)});
}

}  // namespace pawl::planner
