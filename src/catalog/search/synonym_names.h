// Names that are typed for other names: products and who publishes them, languages, cities,
// companies; see synonyms.h. One way only. Alphabetical.
#pragma once

#include "catalog/search/synonym_tables.h"

namespace tartan::catalog::tables {

constexpr Alias names[] = {
    // products, short names, and who publishes them
    {"aad entra azuread", "graph activedirectory"},
    {"adwords", "googleads"},
    {"aks eks gke", "kubernetes cluster container"},
    {"alb elb nlb", "elasticloadbalancing loadbalancer balancer"},
    {"alexa", "amazon alexaforbusiness"},
    {"ami", "image"},
    {"amazon aws", "amazonaws"},
    {"apns fcm", "push notification"},
    {"asg", "autoscaling"},
    {"atlas", "mongodb"},
    {"b2", "backblaze"},
    {"bamboo", "bamboohr"},
    {"bard gemini palm", "generativelanguage"},
    {"bnb airbnb", "listing"},
    {"bq", "bigquery"},
    {"cloudwatch", "monitoring logs metric alarm"},
    {"codepipeline", "codepipeline pipeline"},
    {"cosmos", "cosmosdb"},
    {"dalle midjourney", "image generation"},
    {"ddb dynamo", "dynamodb"},
    {"disney", "movie"},
    {"ebs", "volume ec2"},
    {"excel", "workbook graph"},
    {"exchange outlook", "graph mail"},
    {"fargate", "ecs"},
    {"fitbit garmin strava", "activity"},
    {"freshdesk zendesk helpdesk", "ticket support"},
    {"ga", "analytics"},
    {"gae", "appengine"},
    {"gcp gcloud", "googleapis"},
    {"gcs", "storage googleapis"},
    {"gh ghe", "github"},
    {"google", "googleapis"},
    {"googlemail", "gmail"},
    {"gpt gpt3 gpt4 chatgpt", "openai chat completion"},
    {"gsuite workspace", "admin directory googleapis"},
    {"hass homeassistant", "device"},
    {"icloud itunes", "apple"},
    {"jenkins travis", "build ci"},
    {"jira confluence", "atlassian"},
    {"k8s kube", "kubernetes"},
    {"keynote powerpoint", "presentation slide"},
    {"letsencrypt", "certificate ssl"},
    {"linkedin", "profile"},
    {"mq", "queue broker"},
    {"msteams teams", "team graph"},
    {"nhs", "health"},
    {"onedrive", "drive graph"},
    {"pagerduty opsgenie", "incident oncall"},
    {"paypal", "payment"},
    {"playstation xbox steam", "game"},
    {"postgres mysql mariadb mssql", "database sql"},
    {"r53", "route53"},
    {"redis memcached", "cache elasticache"},
    {"sharepoint", "site graph"},
    {"siri", "speech assistant"},
    {"stackdriver", "monitoring logging"},
    {"stepfunctions sfn", "states statemachine execution"},
    {"todoist wunderlist", "task todo"},
    {"twitch", "stream"},
    {"vnet vpc", "network vpc virtualnetwork"},
    {"vmss", "virtualmachinescaleset scaleset"},
    {"wiki wikipedia", "wikimedia wiki page"},
    {"yt", "youtube"},
    // languages
    {"chinese dutch english french german greek hindi italian japanese korean polish portuguese "
     "russian spanish swedish turkish arabic hebrew latin",
     "language translate translation"},
    // cities and countries
    {"amsterdam athens barcelona beijing berlin boston brussels chicago copenhagen delhi dublin "
     "dubai hamburg istanbul lisbon london madrid melbourne milan moscow mumbai munich oslo paris "
     "prague rome seattle seoul shanghai singapore stockholm sydney tokyo toronto vienna warsaw "
     "zurich",
     "city location place"},
    {"australia brazil britain canada china england france germany india ireland italy japan "
     "mexico "
     "netherlands russia spain sweden switzerland uk usa",
     "country region"},
    // money
    {"aud cad chf cny eur gbp inr jpy nzd usd dollar dollars euro euros pound pounds sterling yen "
     "yuan rupee franc",
     "currency exchange rate"},
    {"ada btc doge eth ltc sol xrp bitcoin dogecoin ethereum litecoin",
     "crypto coin currency price"},
    {"aapl amzn goog msft tsla apple tesla nasdaq nyse", "stock symbol ticker quote"},
    // days
    {"christmas easter thanksgiving", "holiday"},
    {"monday tuesday wednesday thursday friday saturday sunday", "day date schedule"},
};

}  // namespace tartan::catalog::tables
